// Score drops: the sign on a desk, the line beside the office's score, and a sound for who wants it.

import { draw, make } from "./elements.js";
import { clockTime, named, say, whole } from "./texts.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const SIGN = "M2 3 H18 L10 18 Z";

const sign = () =>
  draw("svg", { class: "sign", viewBox: "0 0 20 20", "aria-hidden": "true" }, draw("path", { d: SIGN }));

const since = (drop, nowMs, timeZone) => {
  const begun = Date.parse(drop.since);
  return nowMs - begun < DAY_MS ? say("dropSince", { time: clockTime(begun, timeZone) }) : say("dropDays");
};

export function dropSign(drop) {
  if (!drop) return null;
  return make("p", { class: "drop", "data-level": drop.level }, sign(), say("drop"));
}

export function dropLines(office, nowMs) {
  const dropped = office.desks.filter((desk) => desk.drop);
  if (!dropped.length) return null;
  return make("ul", { class: "drops" }, ...dropped.map((desk) =>
    make("li", { "data-level": desk.drop.level }, sign(),
      make("span", {}, make("strong", {}, named(desk.name)), " ",
        say("dropLong", { expected: whole(desk.drop.expected), since: since(desk.drop, nowMs, office.time_zone) })))));
}

// Two short tones for each page-level drop that was not there before; never for those found at start.
export class Sound {
  #known = null;
  #context = null;

  constructor(wanted) {
    if (wanted) this.#context = new AudioContext();
  }

  hear(offices) {
    const now = new Set(offices.flatMap((office) => office.desks
      .filter((desk) => desk.drop?.level === "page")
      .map((desk) => [office.tenant_id, office.office_id, desk.desk_id, desk.drop.since].join("/"))));
    const isNew = this.#known && [...now].some((one) => !this.#known.has(one));
    this.#known = now;
    if (isNew && this.#context) this.#play();
  }

  #play() {
    for (const [at, tone] of [[0, 660], [0.25, 520]]) {
      const voice = this.#context.createOscillator();
      const loudness = this.#context.createGain();
      loudness.gain.value = 0.15;
      voice.frequency.value = tone;
      voice.connect(loudness).connect(this.#context.destination);
      voice.start(this.#context.currentTime + at);
      voice.stop(this.#context.currentTime + at + 0.2);
    }
  }
}
