// Desks by hours, and services, as tables.

import { dropSign } from "/wall/drops.js";
import { bandOf, faceSign, make, rangeOf, stateOf, votesOf } from "/wall/elements.js";
import { minutes, named, say, whole } from "/wall/texts.js";

// `today` are the desks of the wall's snapshot: their scores of the whole day.
// `reportOf` gives the address of a desk's report.
export function hoursTable({ hours, desks }, today, reportOf) {
  if (!hours.length) return make("p", { class: "none" }, say("hoursEmpty"));
  const head = make("tr", {}, make("th", { scope: "col" }, say("desk")),
    make("th", { scope: "col" }, say("all")),
    ...hours.map((hour) => make("th", { scope: "col" }, two(hour))));
  const numbers = new Map(today.map((desk) => [desk.desk_id, desk]));
  return make("table", { class: "hours" },
    make("thead", {}, head),
    make("tbody", {}, ...desks.map((desk) => make("tr", { "data-desk": desk.desk_id },
      make("th", { scope: "row", title: named(desk.name) }, make("a", { href: reportOf(desk.desk_id) }, named(desk.name))),
      dayCell(numbers.get(desk.desk_id)),
      ...desk.cells.map((cell, n) => hourCell(desk, hours[n], cell))))));
}

function dayCell(desk) {
  if (!desk) return make("td", { class: "day" });
  return make("td", { class: "day", "data-band": bandOf(desk) },
    dropSign(desk.drop),
    desk.score ? make("strong", {}, whole(desk.score.value)) : null, " ",
    make("span", { class: "fine" }, desk.score ? rangeOf(desk.score) : stateOf(desk), desk.score ? ` · ${votesOf(desk)}` : ""));
}

const two = (hour) => String(hour).padStart(2, "0");

function hourCell(desk, hour, cell) {
  if (!cell) return make("td", { class: "nobody" });
  const votes = say("votes", { n: cell.votes });
  const told = { desk: named(desk.name), hour: two(hour), votes, served: whole(cell.completions) };
  const title = cell.score
    ? say("cell", { ...told, score: say("intervalScore", { value: whole(cell.score.value), low: whole(cell.score.low), high: whole(cell.score.high) }) })
    : say("cellFew", told);
  return make("td", { "data-band": bandOf(cell), title },
    make("span", { class: "value" }, cell.score ? whole(cell.score.value) : "·"),
    make("span", { class: "n" }, whole(cell.votes)));
}

export function servicesTable(services) {
  if (!services.length) return make("p", { class: "none" }, say("hoursEmpty"));
  const column = (key) => make("th", { scope: "col" }, say(key));
  return make("table", { class: "by-service" },
    make("thead", {}, make("tr", {}, column("service"), column("score"), column("served2"), column("waiting"))),
    make("tbody", {}, ...services.map((service) => make("tr", { "data-band": bandOf(service) },
      make("th", { scope: "row" }, named(service.name)),
      make("td", {}, make("div", { class: "scored" }, faceSign(service.score?.face),
        service.score ? make("strong", {}, whole(service.score.value)) : null,
        make("span", {}, make("span", { class: "word" }, stateOf(service)), " ",
          make("span", { class: "fine" }, service.score ? rangeOf(service.score) : null, service.score ? " · " : "", votesOf(service))))),
      make("td", { class: "number" }, whole(service.completions)),
      make("td", { class: "number" }, service.mean_wait_seconds === null ? say("unknown") : minutes(service.mean_wait_seconds))))));
}
