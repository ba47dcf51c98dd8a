// The shift manager's page: today's score, desks by hours, services, and alerts with what is done about them.

import { offerWayOut } from "/login/out.js";
import { alertCards, AlertBook, reportOf } from "/shift/alerts.js";
import { hoursTable, servicesTable } from "/shift/tables.js";
import { faceSign, make, rangeOf, stateOf, votesOf, bandOf } from "/wall/elements.js";
import { Live } from "/wall/live.js";
import { age, chooseLanguage, clockTime, language, loadTexts, minutes, named, percent, say, whole } from "/wall/texts.js";

const HOURS_EVERY_MS = 30_000;
const asked = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);

let snapshot = null;
let hours = null;
let state = "waiting";
let freshMs = null;
let aheadMs = 0;
const shown = {}; // by part of the page, to leave it alone while nothing changes

const isChosen = (office) =>
  (!asked.has("tenant") || office.tenant_id === asked.get("tenant")) &&
  (!asked.has("office") || office.office_id === asked.get("office"));
const chosen = () => (snapshot?.offices ?? []).find(isChosen);

function put(part, content, build) {
  const told = JSON.stringify(content);
  if (shown[part] === told) return;
  shown[part] = told;
  at(`${part}-body`).replaceChildren(build());
}

function render() {
  if (!snapshot) return;
  const office = chosen();
  choose(office);
  if (!office) {
    put("today", null, () => make("p", {}, say(snapshot.offices.length ? "unfoundOffice" : "empty")));
    return;
  }
  at("tenant").textContent = named(office.tenant_name);
  at("office").textContent = named(office.name);
  document.title = `${named(office.name)} – SEMKO`;
  const { services, desks, steps, terminals, ...numbers } = office;
  put("today", numbers, () => today(office));
  put("services", services, () => servicesTable(services));
  putHours(office);
}

function putHours(office) {
  if (!hours) return;
  const body = at("hours-body");
  // The newest hour is seen, unless somebody looks at former ones.
  const atEnd = body.scrollLeft + body.clientWidth >= body.scrollWidth - 2;
  const { tenant_id, office_id } = office;
  const ofToday = (desk_id) => reportOf({ tenant_id, office_id, desk_id }, { from: hours.day, to: hours.day });
  put("hours", [hours, office.desks], () => hoursTable(hours, office.desks, ofToday));
  if (atEnd) body.scrollLeft = body.scrollWidth;
}

function today(office) {
  const { score } = office;
  const count = (key, value) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, value));
  return make("div", { class: "summary", "data-band": bandOf(office) },
    faceSign(score?.face),
    make("div", {},
      make("p", { class: "value" }, score ? whole(score.value) : say("unknown"), score ? make("span", { class: "unit" }, ` ${say("of100")}`) : null),
      make("p", { class: "word" }, stateOf(office), " ", score ? rangeOf(score) : null),
      make("p", { class: "fine" }, votesOf(office))),
    make("dl", {},
      count("served", whole(office.completions)),
      count("votesTitle", whole(office.votes)),
      count("rate", office.response_rate === null ? say("unknown") : percent(office.response_rate)),
      count("wait", office.mean_wait_seconds === null ? say("unknown") : minutes(office.mean_wait_seconds))));
}

function choose(office) {
  const list = snapshot.offices.filter((one) => !asked.has("tenant") || one.tenant_id === asked.get("tenant")).map((one) => [one.tenant_id, one.office_id, named(one.name)]);
  at("chooser").hidden = list.length < 2;
  const told = JSON.stringify([list, office?.tenant_id, office?.office_id]);
  if (shown.chooser === told) return;
  shown.chooser = told;
  at("offices").replaceChildren(...list.map(([tenant, id, name]) => {
    const option = make("option", { value: new URLSearchParams({ tenant, office: id }).toString() }, name);
    option.selected = tenant === office?.tenant_id && id === office?.office_id;
    return option;
  }));
}

function go() {
  for (const [name, value] of new URLSearchParams(at("offices").value)) asked.set(name, value);
  history.replaceState(null, "", `?${asked}`);
  hours = null;
  render();
  refresh();
}

async function refresh() {
  const office = chosen();
  if (!office) return;
  const query = new URLSearchParams({ tenant: office.tenant_id, office: office.office_id });
  const answer = await fetch(`/v1/hours?${query}`).catch(() => null);
  const still = chosen();
  // Somebody may have chosen another office meanwhile.
  if (!answer?.ok || still.tenant_id !== office.tenant_id || still.office_id !== office.office_id) return;
  hours = await answer.json();
  render();
}

function tick() {
  const office = chosen();
  at("clock").textContent = clockTime(Date.now() + aheadMs, office?.time_zone);
  at("status").dataset.state = state;
  const cut = state === "cut" || state === "still";
  document.body.classList.toggle("stale", cut);
  at("alarm").hidden = !cut;
  if (cut) {
    const time = freshMs === null ? null : clockTime(freshMs, office?.time_zone);
    const alarm = time === null ? say("cutEmpty") : say(state, { time });
    if (at("alarm").textContent !== alarm) at("alarm").textContent = alarm;
  }
  const newest = [office?.last_completed_at, office?.last_voted_at].filter(Boolean).map(Date.parse);
  const event = newest.length
    ? say("newest", { age: age(Math.max(...newest), Date.now() + aheadMs, office.time_zone) })
    : say("noEvent");
  at("status-text").textContent = state === "live" ? `${say("live")} · ${event}` : say("connecting");
}

async function start() {
  if (["dark", "light"].includes(asked.get("theme"))) document.documentElement.dataset.theme = asked.get("theme");
  await loadTexts(chooseLanguage(asked.get("lang")), "shift");
  for (const [id, key] of [["today-title", "shiftTitle"], ["alerts-title", "alertsTitle"], ["hours-title", "hoursTitle"],
    ["services-title", "services"], ["chooser-text", "office"], ["wall-link", "toWall"], ["report-link", "toReports"], ["note", "cellNote"]]) {
    at(id).textContent = say(key);
  }
  at("report-link").href = `/report?lang=${language}`;
  offerWayOut(at("out-link"), say("signOut"), language);
  at("offices").addEventListener("change", go);
  const book = new AlertBook(
    () => chosen(),
    (alerts, office) => put("alerts", alerts, () => alertCards(alerts, office, book)),
    (text) => { at("told").textContent = text; },
  );
  tick();
  new Live("/v1/live", {
    onScores: (received) => {
      const first = !snapshot;
      snapshot = received;
      render();
      if (first) {
        refresh();
        book.look();
      }
    },
    onState: (now) => {
      state = now;
      tick();
    },
    onTime: (ms) => {
      freshMs = ms;
      aheadMs = ms - Date.now();
    },
  });
  setInterval(tick, 1000);
  setInterval(refresh, HOURS_EVERY_MS);
}

start();
