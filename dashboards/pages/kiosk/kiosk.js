// The kiosk of a counter: paired once, asks each citizen, shows no result.

import { draw, drawLanguages, languages, loadWords, notice, part, presser, say, show } from "./asking.js";
import { currentOf, follow } from "./counter.js";
import { send } from "./sending.js";
import { keep, set, setting, unset } from "./storage.js";
import { first } from "./words.js";

const IDLE_MS = 30_000;
const asked = new URLSearchParams(location.search);
let terminal;
let known;
let home;
let idle = 0;
let state = { waiting: 0, away: false, maintenance: false };

function eventId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}

function drawState() {
  const { waiting, away, maintenance } = state;
  part("state").textContent = maintenance
    ? say("maintenance")
    : away && waiting > 0 ? say("kept", { n: waiting }) : "";
}

async function told(outcome, waiting) {
  state = { ...state, away: outcome !== "done", waiting };
  drawState();
  if (outcome === "refused") await askPairing(say("revoked"));
}

const begin = async (score, heldMs) => {
  const pressed = Date.now();
  const { interaction_id, desk_id } = currentOf(pressed);
  const vote = {
    type: "vote",
    event_id: eventId(),
    tenant_id: terminal.tenant_id,
    office_id: terminal.office_id,
    desk_id: desk_id ?? terminal.desks[0],
    terminal_id: terminal.terminal_id,
    ...(interaction_id ? { interaction_id } : {}),
    score,
    pressed,
    ...(heldMs ? { held_until: pressed + heldMs } : {}),
  };
  await keep(vote);
  return vote;
};

const end = async (vote, reason) => {
  if (vote.held_until) {
    const { held_until: _, ...free } = vote;
    await keep(reason ? { ...free, reasons: [reason] } : free);
  }
  send(terminal.key, told);
};

const press = presser(begin, end);

async function onPress(score) {
  if (await press(score)) {
    if (terminal) show("ask");
    await speak(home);
  }
}

async function speak(language) {
  await loadWords(language);
  drawLanguages(known, language, async (chosen) => {
    await speak(chosen);
    clearTimeout(idle);
    idle = setTimeout(() => speak(home), IDLE_MS); // the next citizen finds the usual language
  });
  draw(onPress);
  drawState();
  drawPairing();
}

function drawPairing() {
  part("pair-title").textContent = say("pairTitle");
  part("pair-about").textContent = say("pairAbout");
  part("code-label").textContent = say("codeLabel");
  part("pair-enter").textContent = say("pairEnter");
}

async function askPairing(problem = "") {
  terminal = undefined;
  await unset("terminal");
  part("pair-problem").textContent = problem;
  show("pair");
  part("code").focus();
}

async function pair() {
  const problem = part("pair-problem");
  problem.textContent = "";
  try {
    const answer = await fetch("/v1/pair", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: part("code").value }),
    });
    if (answer.ok) {
      await set("terminal", await answer.json());
      part("code").value = "";
      return begun();
    }
    const said = { 403: "wrong", 409: "noKeys" };
    problem.textContent = say(said[answer.status] ?? "away");
  } catch {
    problem.textContent = say("away");
  }
}

async function heartbeat(since) {
  if (!terminal) return;
  try {
    const answer = await fetch(`/v1/terminals/${terminal.terminal_id}/heartbeat`, {
      method: "POST",
      headers: { Authorization: `Bearer ${terminal.key}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        tenant_id: terminal.tenant_id,
        office_id: terminal.office_id,
        version: "kiosk-1",
        uptime_seconds: Math.round((performance.now() - since) / 1000),
        queue_length: state.waiting,
        sent_at: new Date().toISOString(),
      }),
    });
    if (answer.ok) state = { ...state, maintenance: (await answer.json()).maintenance };
    drawState();
    if (state.waiting > 0) send(terminal.key, told);
  } catch {
    // the next minute brings the next one
  }
}

async function begun() {
  terminal = await setting("terminal");
  if (!terminal) return askPairing();
  show("ask");
  follow(terminal, () => terminal);
  send(terminal.key, told);
  heartbeat(0);
}

part("pair").addEventListener("submit", (event) => {
  event.preventDefault();
  pair();
});
addEventListener("online", () => terminal && send(terminal.key, told));
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/kiosk/worker.js", { scope: "/kiosk" }).catch(() => {});
}
navigator.storage?.persist?.();
if (asked.get("theme")) document.documentElement.dataset.theme = asked.get("theme");
known = await languages();
home = first(known, asked.get("lang"));
await speak(home);
await begun();
setInterval(() => heartbeat(0), 60_000);
