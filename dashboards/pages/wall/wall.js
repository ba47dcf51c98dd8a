// The wall: takes snapshots from the live stream and shows them, page after page.

import { Sound } from "./drops.js";
import { faceSign, make, stateOf } from "./elements.js";
import { Live } from "./live.js";
import { officeView } from "./office.js";
import { columnsFor, PHONE, viewsOf } from "./paging.js";
import { age, chooseLanguage, clockTime, faceWord, loadTexts, named, say, whole } from "./texts.js";

const TURN_MS = 12_000;
const asked = new URLSearchParams(location.search);
const phone = matchMedia(PHONE);
const at = (id) => document.getElementById(id);

let snapshot = null;
let state = "waiting";
let freshMs = null; // server time of the newest word that the numbers are current
let aheadMs = 0; // server's clock less ours
let page = 0;
let turnedAt = performance.now();
let held = false;
const sound = new Sound(asked.get("sound") === "on");
let shown = ""; // what the page shows, to leave it alone while nothing changes

const serverNow = () => Date.now() + aheadMs;

function wantedOffices() {
  return (snapshot?.offices ?? []).filter((office) =>
    (!asked.has("tenant") || office.tenant_id === asked.get("tenant")) &&
    (!asked.has("office") || office.office_id === asked.get("office")));
}

function render() {
  if (!snapshot) return;
  const views = viewsOf(wantedOffices(), phone.matches);
  page = Math.min(page, Math.max(0, views.length - 1));
  const view = views[page] ?? [];
  // The chart's line grows with the clock, by the minute.
  const now = Math.floor(serverNow() / 60_000) * 60_000;
  const content = JSON.stringify([view, now, page, views.length]);
  if (content === shown) return;
  shown = content;
  at("main").replaceChildren(...(view.length ? view.map((part) => placed(part, now)) : [empty()]));
  title(view[0]?.office);
  at("pager").hidden = views.length < 2;
  at("page-text").textContent = say("page", { n: page + 1, all: views.length });
  summarise(view);
  tick();
}

function placed({ office, desks, services }, now) {
  const article = officeView(office, desks, services, now);
  article.style.setProperty("--columns", columnsFor(desks.length));
  article.classList.toggle("dense", desks.length > 12);
  article.style.setProperty("--rows", Math.ceil(desks.length / columnsFor(desks.length)));
  if (phone.matches && wantedOffices().length > 1) {
    article.prepend(make("h2", { class: "of-office" }, named(office.name)));
  }
  return article;
}

function title(office) {
  const single = office && !(phone.matches && wantedOffices().length > 1);
  at("tenant").textContent = office ? named(office.tenant_name) : "";
  at("office").textContent = single ? named(office.name) : "SEMKO";
  document.title = office ? `${named(office.name)} – SEMKO` : "SEMKO";
}

function empty() {
  const reason = snapshot.offices.length ? "unfound" : "empty";
  return make("section", { class: "empty" },
    make("div", { class: "faces", "aria-hidden": "true" }, ...[1, 2, 3, 4, 5].map((face) => faceSign(face))),
    make("h2", {}, say("emptyTitle")), make("p", {}, say(reason)));
}

// Told only when a score moves, at most every quarter of an hour.
function summarise(view) {
  const told = view.map(({ office }) => office.score
    ? say("summary", {
      office: named(office.name),
      score: whole(office.score.value),
      face: faceWord(office.score.face),
      votes: say("votes", { n: office.score.votes }),
    })
    : say("summaryNone", { office: named(office.name), state: stateOf(office) })).join(". ");
  if (at("summary").textContent !== told) at("summary").textContent = told;
}

function tick() {
  const offices = wantedOffices();
  const zone = offices[0]?.time_zone;
  at("clock").textContent = clockTime(serverNow(), zone);
  at("status").dataset.state = state;
  at("status-text").textContent = statusText(offices, zone);
  const cut = state === "cut" || state === "still";
  document.body.classList.toggle("stale", cut);
  if (cut) {
    const time = freshMs === null ? null : clockTime(freshMs, zone);
    const alarm = time === null || !snapshot ? say("cutEmpty") : say(state, { time });
    if (at("alarm").textContent !== alarm) at("alarm").textContent = alarm;
  }
  at("alarm").hidden = !cut;
}

function statusText(offices, zone) {
  if (state === "waiting") return say("connecting");
  if (state === "cut") return say("cutShort");
  if (state === "still") return say("stillShort");
  const newest = offices
    .flatMap((office) => [office.last_completed_at, office.last_voted_at])
    .filter(Boolean)
    .map(Date.parse);
  const told = newest.length
    ? say("newest", { age: age(Math.max(...newest), serverNow(), zone) })
    : say("noEvent");
  return `${say("live")} · ${told}`;
}

function turn(pages) {
  turnedAt = performance.now();
  const all = viewsOf(wantedOffices(), phone.matches).length;
  if (all) page = (page + pages + all) % all;
}

function hold() {
  held = !held;
  turnedAt = performance.now();
  at("pause").setAttribute("aria-pressed", String(held));
  at("pause").textContent = say(held ? "resume" : "pause");
}

async function start() {
  if (["dark", "light"].includes(asked.get("theme"))) {
    document.documentElement.dataset.theme = asked.get("theme");
  }
  await loadTexts(chooseLanguage(asked.get("lang")));
  at("note").textContent = say("note");
  at("pause").textContent = say("pause");
  at("pause").addEventListener("click", hold);
  phone.addEventListener("change", render);
  addEventListener("keydown", ({ key }) => {
    if (key !== "ArrowRight" && key !== "ArrowLeft") return;
    turn(key === "ArrowRight" ? 1 : -1);
    render();
  });
  tick();
  new Live("/v1/live", {
    onScores: (received) => {
      snapshot = received;
      sound.hear(wantedOffices());
      render();
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
  setInterval(() => {
    if (!held && performance.now() - turnedAt >= TURN_MS) turn(1);
    render();
    tick();
  }, 1000);
}

start();
