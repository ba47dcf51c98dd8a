// The clerk's page: one service, one press, and the kiosk knows. Works on through short outages; what
// waits stays on this computer until the server has it. Shows no votes.

import { offerWayOut } from "/login/out.js";

const OUTCOMES = { completed: "s", refused: "r", transferred: "t", abandoned: "g" };
const AGAIN_MS = 3_000;
const asked = new URLSearchParams(location.search);
const place = (asked.get("desk") ?? "").split("/");
const part = (id) => document.getElementById(id);
const language = pickLanguage();
let texts;
let services = [];
let chosen = -1;
let offset = 0; // server's clock less ours, in ms
let sending = false;

function pickLanguage() {
  const wanted = asked.get("lang") ?? navigator.languages.find((each) => /^(bg|en)\b/.test(each));
  return wanted?.startsWith("bg") ? "bg" : "en";
}

const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

const NAME = `semko-desk ${place.join("/")}`;
const kept = () => JSON.parse(localStorage.getItem(NAME) ?? "[]");
const keep = (events) => localStorage.setItem(NAME, JSON.stringify(events));

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}

function button(text, key, press) {
  const made = document.createElement("button");
  const word = document.createElement("span");
  word.textContent = text;
  made.type = "button";
  made.append(word);
  if (key) {
    const hint = document.createElement("kbd");
    hint.textContent = key.toUpperCase();
    made.append(hint);
    made.setAttribute("aria-keyshortcuts", key);
  }
  made.addEventListener("click", press);
  return made;
}

function choose(index) {
  chosen = index;
  if (index >= 0) part("said").textContent = "";
  [...part("services").children].forEach((each, at) =>
    each.setAttribute("aria-pressed", String(at === index)),
  );
}

function end(outcome) {
  if (chosen < 0) return (part("said").textContent = say("pick"));
  const now = Date.now() + offset;
  const id = fresh();
  const [tenant_id, office_id, desk_id] = place;
  const event = {
    type: "completion",
    event_id: `desk-${id}`,
    tenant_id,
    office_id,
    desk_id,
    service_id: services[chosen].id,
    interaction_id: `desk-${id}`,
    outcome,
    completed_at: new Date(now).toISOString(),
  };
  keep([...kept(), event]);
  const time = new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(now);
  const service = services[chosen].name[language];
  part("said").textContent = say("said", { service, outcome: say(outcome), time });
  pulse();
  send();
}

// Two presses of one citizen are a mistake of the hand: the buttons rest for a second.
function pulse() {
  const all = [...part("outcomes").children];
  for (const each of all) each.disabled = true;
  setTimeout(() => {
    for (const each of all) each.disabled = false;
  }, 1_000);
}

function signIn() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let [event] = kept(); event; [event] = kept()) {
      const answer = await fetch("/v1/served", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(event),
      });
      if (answer.status === 401) return signIn();
      if (answer.status === 422 || answer.status === 403) {
        part("problem").textContent = say("wrong", await answer.json());
      } else if (!answer.ok) throw new Error(String(answer.status));
      keep(kept().filter((each) => each.event_id !== event.event_id));
    }
    part("waiting").textContent = "";
  } catch {
    part("waiting").textContent = say("waiting", { n: kept().length });
    setTimeout(send, AGAIN_MS);
  } finally {
    sending = false;
  }
}

function draw() {
  part("services-title").textContent = say("services");
  part("outcomes-title").textContent = say("outcomes");
  part("services").replaceChildren(
    ...services.map(({ name }, at) =>
      button(name[language], at < 9 ? String(at + 1) : "", () => choose(at)),
    ),
  );
  part("outcomes").replaceChildren(
    ...Object.entries(OUTCOMES).map(([outcome, key]) => button(say(outcome), key, () => end(outcome))),
  );
  part("outcomes").firstChild.classList.add("main");
  part("work").hidden = false;
  choose(services.length === 1 ? 0 : -1);
}

// Without a desk in the address: those that the registry knows and this token may serve.
async function offerDesks() {
  const answer = await fetch("/v1/desks").catch(() => null);
  if (answer?.status === 401) return signIn();
  if (!answer?.ok) {
    part("problem").textContent = say("away");
    return setTimeout(offerDesks, AGAIN_MS);
  }
  const { desks } = await answer.json();
  part("problem").textContent = desks.length ? "" : say("address");
  if (!desks.length) return;
  part("desks-title").textContent = say("desks");
  part("desks").querySelector("ul").replaceChildren(...desks.map(linkTo));
  part("desks").hidden = false;
}

function linkTo({ tenant, office, desk, name, office_name }) {
  const [item, link] = [document.createElement("li"), document.createElement("a")];
  const way = new URLSearchParams({ desk: `${tenant}/${office}/${desk}`, lang: language });
  link.href = `/desk?${way}`;
  link.textContent = `${office_name[language]}: ${name[language]}`;
  item.append(link);
  return item;
}

async function begin() {
  const sent = Date.now();
  const answer = await fetch(`/v1/desks/${place.map(encodeURIComponent).join("/")}`).catch(() => null);
  if (answer?.status === 401) return signIn();
  if (answer?.status === 403) return (part("problem").textContent = say("forbidden"));
  if (!answer?.ok) {
    part("problem").textContent = say("away");
    return setTimeout(begin, AGAIN_MS);
  }
  const off = Date.parse(answer.headers.get("Date")) + 500 - (sent + Date.now()) / 2;
  offset = Math.abs(off) < 2_000 ? 0 : off;
  const desk = await answer.json();
  services = desk.services;
  part("name").textContent = desk.name?.[language] ?? place[2];
  document.title = `${part("name").textContent} – SEMKO`;
  const known = desk.known === false ? say("unknown", { desk: place[2] }) : "";
  part("problem").textContent = services.length ? known : say("none");
  if (services.length) draw();
  send();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || part("work").hidden) return;
  const service = part("services").children[Number(event.key) - 1];
  // By the place of the key: on a Cyrillic layout none of them writes a Latin letter.
  const at = Object.values(OUTCOMES).findIndex((key) => event.code === `Key${key.toUpperCase()}`);
  if (service) service.click();
  else if (at >= 0) part("outcomes").children[at].click();
});
addEventListener("online", send);
document.documentElement.lang = language;
texts = await (await fetch(`/desk/texts.${language}.json`)).json();
offerWayOut(part("out"), say("signOut"), language);
if (place.length === 3 && place.every(Boolean)) begin();
else offerDesks();
