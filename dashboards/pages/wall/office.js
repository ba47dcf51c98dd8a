// One office on the screen: its score, its counts, a page of its desks and of its services.

import { dayChart } from "./chart.js";
import { dropLines, dropSign } from "./drops.js";
import { asOf, bandOf, draw, faceSign, make, rangeOf, stateOf, votesOf } from "./elements.js";
import { minutes, named, percent, say, whole } from "./texts.js";

const TREND_SIGNS = { higher: "M10 3 L18 16 H2 Z", lower: "M10 17 L2 4 H18 Z", usual: "M2 6 H18 V9 H2 Z M2 12 H18 V15 H2 Z" };

export function officeView(office, desks, services, nowMs) {
  return make("article", { class: "office", "aria-label": named(office.name) },
    hero(office, nowMs),
    make("section", { class: "desks", "aria-labelledby": headingId(office, "desks") },
      make("h2", { id: headingId(office, "desks") }, say("desks")),
      make("ul", { class: "tiles" }, ...desks.map(deskTile))),
    services.length
      ? make("section", { class: "services", "aria-labelledby": headingId(office, "services") },
        make("h2", { id: headingId(office, "services") }, say("services")),
        make("ul", { class: "strip" }, ...services.map(serviceTile)))
      : null);
}

const headingId = (office, part) => `${part}-${office.tenant_id}-${office.office_id}`;

function hero(office, nowMs) {
  const { score } = office;
  return make("section", { class: "hero", "data-band": bandOf(office), "aria-label": say("title") },
    make("h2", {}, say("title")),
    make("div", { class: "score" },
      faceSign(score?.face),
      make("p", { class: "value" },
        make("strong", { "data-value": "score" }, score ? whole(score.value) : say("unknown")),
        score ? make("span", { class: "unit" }, say("of100")) : null)),
    make("p", { class: "word" }, stateOf(office), score ? make("span", { class: "sep" }, " · ") : null, score ? rangeOf(score) : null),
    make("p", { class: "fine" }, score ? asOf(score, office.time_zone) : say("tooFewLong")),
    trend(office),
    dropLines(office, nowMs),
    office.steps.length ? dayChart(office, nowMs) : null,
    make("dl", { class: "counts" },
      count("served", whole(office.completions)),
      count("votesTitle", whole(office.votes)),
      count("rate", office.response_rate === null ? say("unknown") : percent(office.response_rate)),
      count("wait", office.mean_wait_seconds === null ? say("unknown") : minutes(office.mean_wait_seconds))));
}

function trend(office) {
  if (!office.trend) return null;
  const difference = Math.abs(Math.round(office.score.value) - Math.round(office.usual));
  const text = say(office.trend, { n: whole(difference), usual: whole(office.usual) });
  return make("p", { class: "trend", "data-trend": office.trend },
    draw("svg", { class: "sign", viewBox: "0 0 20 20", "aria-hidden": "true" },
      draw("path", { d: TREND_SIGNS[office.trend] })),
    text);
}

const count = (key, value) =>
  make("div", {}, make("dt", {}, say(key)), make("dd", { "data-value": key }, value));

function deskTile(desk) {
  const { score } = desk;
  return make("li", { class: "tile", "data-band": bandOf(desk), "data-desk": desk.desk_id },
    make("div", { class: "inside" },
      make("h3", {}, named(desk.name)),
      dropSign(desk.drop),
      faceSign(score?.face),
      score ? make("p", { class: "value" }, whole(score.value)) : null,
      make("p", { class: "word" }, stateOf(desk)),
      fine(desk)));
}

function serviceTile(service) {
  const { score } = service;
  return make("li", { class: "chip", "data-band": bandOf(service), "data-service": service.service_id },
    make("h3", {}, named(service.name)),
    make("div", {},
      faceSign(score?.face),
      score ? make("p", { class: "value" }, whole(score.value)) : null,
      make("div", {}, make("p", { class: "word" }, stateOf(service)), fine(service))));
}

// The range, and the votes behind the score; where there is none, those so far.
const fine = (numbers) =>
  make("p", { class: "fine" },
    numbers.score ? rangeOf(numbers.score) : null,
    make("span", { class: "votes" }, votesOf(numbers)));
