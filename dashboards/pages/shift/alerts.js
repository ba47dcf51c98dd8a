// Alerts of the office that are open or seen, and what the shift manager does about them.

import { draw, make } from "/wall/elements.js";
import { clockTime, language, named, say, whole } from "/wall/texts.js";

const LOOK_EVERY_MS = 5_000;
const AFTER_ACTION_MS = 1_000; // the book has an action a moment after the log
const DAY_MS = 24 * 60 * 60 * 1000;
const SIGN = "M2 3 H18 L10 18 Z";

export class AlertBook {
  // office() is the chosen one, onAlerts(alerts, office) what to show, say(text) for screen readers
  constructor(office, onAlerts, tell) {
    Object.assign(this, { office, onAlerts, tell, busy: false });
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  async look() {
    const office = this.office();
    // What somebody is writing is not taken away under their hands.
    if (!office || document.querySelector("#alerts form")) return;
    const query = new URLSearchParams({ tenant: office.tenant_id, office: office.office_id });
    const answer = await fetch(`/v1/alerts?${query}`).catch(() => null);
    if (!answer?.ok || document.querySelector("#alerts form")) return;
    this.onAlerts(await answer.json(), office);
  }

  // Whether it is noted; if not, why is on the card.
  async act(alert, card, body) {
    const place = [alert.tenant_id, alert.office_id, alert.alert_id].map(encodeURIComponent).join("/");
    const line = card.querySelector(".outcome");
    line.textContent = say("sending");
    const answer = await fetch(`/v1/alerts/${place}/actions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (answer?.ok) {
      line.textContent = say("kept");
      this.tell(say("kept"));
      setTimeout(() => this.look(), AFTER_ACTION_MS);
      return true;
    }
    line.textContent = answer?.status === 401 || answer?.status === 403
      ? say("mayNot")
      : say("unsent", { problem: (await answer?.json().catch(() => null))?.problem ?? say("cutShort") });
    return false;
  }
}

export function alertCards(alerts, office, book) {
  if (!alerts.length) return make("p", { class: "none" }, say("alertsNone"));
  const names = new Map(office.desks.map((desk) => [desk.desk_id, named(desk.name)]));
  const worst = [...alerts].sort((one, other) => (other.level === "page") - (one.level === "page"));
  return make("ul", { class: "cards" }, ...worst.map((alert) => card(alert, names.get(alert.desk_id) ?? alert.desk_id, office, book)));
}

function card(alert, desk, office, book) {
  const seen = alert.state === "open"
    ? make("button", { type: "button", class: "seen" }, say("seen")) : null;
  const note = make("button", { type: "button", class: "note", "aria-expanded": "false" }, say("noteButton"));
  const made = make("li", { class: "card", "data-level": alert.level, "data-alert": alert.alert_id },
    make("h3", {}, draw("svg", { class: "sign", viewBox: "0 0 20 20", "aria-hidden": "true" }, draw("path", { d: SIGN })), desk),
    make("p", { class: "kind" }, `${say(`kind ${alert.kind}`)} · ${say(`level ${alert.level}`)}`),
    make("p", { class: "moved" }, moved(alert), " ", since(alert, office.time_zone)),
    alert.cause ? make("p", { class: "noted" }, say("causeWas", { note: alert.cause })) : null,
    alert.action ? make("p", { class: "noted" }, say("actionWas", { note: alert.action })) : null,
    make("p", { class: "fine" }, say(`state ${alert.state}`)),
    make("div", { class: "buttons" }, seen, note,
      make("a", { href: reportOf(alert) }, say("toDesk"))),
    make("p", { class: "outcome", role: "status" }));
  seen?.addEventListener("click", async () => {
    seen.disabled = true;
    seen.disabled = await book.act(alert, made, { action: "acknowledge" });
  });
  note.addEventListener("click", () => openForm(alert, made, note, book));
  return made;
}

// `days` are `from` and `to`; the report's own choice without them.
export function reportOf({ tenant_id, office_id, desk_id }, days = {}) {
  const asked = new URLSearchParams({ tenant: tenant_id, office: office_id, desk: desk_id, ...days, lang: language });
  return `/report/desk?${asked}`;
}

function moved(alert) {
  if (alert.kind !== "score") return say("movedShare", { expected: whole(alert.expected), now: whole(alert.observed) });
  if (alert.now === null) return whole(alert.expected);
  const reach = alert.reach === null ? "" : ` ± ${whole(alert.reach)}`;
  return say("movedVotes", {
    expected: whole(alert.expected), now: whole(alert.now) + reach, votes: say("votes", { n: alert.votes }),
  });
}

function since(alert, timeZone) {
  const begun = Date.parse(alert.begun_at);
  const time = clockTime(begun, timeZone);
  if (Date.now() - begun < DAY_MS) return say("since", { time });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone }).format(begun);
  return say("sinceDay", { day, time });
}

function openForm(alert, made, opener, book) {
  if (made.querySelector("form")) return;
  const what = make("select", { name: "action" },
    ...["cause", "action", "resolve"].map((each) => make("option", { value: each }, say(each))));
  const note = make("input", { name: "note", maxlength: "500", autocomplete: "off" });
  const who = make("input", { name: "who", maxlength: "80", autocomplete: "off" });
  const form = make("form", { novalidate: "" },
    make("label", {}, say("what"), what),
    make("label", {}, say("noteField"), note),
    make("label", {}, say("who"), who),
    make("div", { class: "buttons" },
      make("button", { type: "submit" }, say("send")),
      make("button", { type: "button", class: "cancel" }, say("cancel"))));
  const close = () => {
    form.remove();
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  };
  form.querySelector(".cancel").addEventListener("click", close);
  form.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!note.value.trim()) {
      made.querySelector(".outcome").textContent = say("noteMissing");
      note.focus();
      return;
    }
    const body = { action: what.value, note: note.value.trim() };
    if (await book.act(alert, made, who.value.trim() ? { ...body, who: who.value.trim() } : body)) close();
  });
  made.querySelector(".outcome").before(form);
  opener.setAttribute("aria-expanded", "true");
  what.focus();
}
