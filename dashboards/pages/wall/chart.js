// The score through the day: a stepped line, the usual score as a dashed one, hours below.

import { draw } from "./elements.js";
import { clockTime, say, whole } from "./texts.js";

const WIDTH = 476;
const HEIGHT = 176;
const LEFT = 36;
const RIGHT = 10;
const TOP = 14;
const BOTTOM = 28;
const HALF_LABEL = 22;
const HOUR_MS = 3_600_000;
const LEAST_HOURS = 4;
const LEAST_SPAN = 20;

export function dayChart(office, nowMs) {
  const { steps, usual, time_zone: zone } = office;
  const times = steps.map((step) => Date.parse(step.at));
  const from = Math.floor(times[0] / HOUR_MS) * HOUR_MS;
  const until = Math.max(Math.ceil(nowMs / HOUR_MS) * HOUR_MS, from + LEAST_HOURS * HOUR_MS);
  const values = steps.map((step) => step.value).concat(usual ?? []);
  const [low, high] = span(values);
  const x = (ms) => LEFT + ((ms - from) / (until - from)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);

  const last = steps.at(-1);
  const label = say("chart", {
    time: clockTime(times.at(-1), zone),
    value: whole(last.value),
  });
  const chart = draw("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  for (const value of [low, (low + high) / 2, high]) {
    chart.append(
      draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      draw("text", { class: "tick", x: LEFT - 8, y: y(value) + 5, "text-anchor": "end" }, whole(value)),
    );
  }
  for (const ms of hours(from, until)) {
    const middle = Math.min(x(ms), WIDTH - HALF_LABEL);
    chart.append(draw("text", { class: "tick", x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, clockTime(ms, zone)));
  }
  if (usual !== null) {
    chart.append(draw("line", { class: "usual", x1: LEFT, x2: WIDTH - RIGHT, y1: y(usual), y2: y(usual) }));
  }
  const end = Math.min(Math.max(nowMs, times.at(-1)), until);
  chart.append(
    draw("path", { class: "steps", d: path(times, steps, end, x, y) }),
    draw("circle", { class: "latest", cx: x(end), cy: y(last.value), r: 6 }),
  );
  return chart;
}

// At least LEAST_SPAN points high, so that noise does not look like a drama.
function span(values) {
  let low = Math.floor(Math.min(...values) / 10) * 10;
  let high = Math.ceil(Math.max(...values) / 10) * 10;
  while (high - low < LEAST_SPAN) {
    if (high < 100) high += 10;
    if (high - low < LEAST_SPAN && low > 0) low -= 10;
  }
  return [low, high];
}

// About five labels, at whole hours.
function hours(from, until) {
  const every = Math.ceil((until - from) / HOUR_MS / 5) * HOUR_MS;
  const marks = [];
  for (let ms = from; ms <= until; ms += every) marks.push(ms);
  return marks;
}

function path(times, steps, end, x, y) {
  const moves = steps.map((step, place) =>
    place ? `H${x(times[place])}V${y(step.value)}` : `M${x(times[0])} ${y(step.value)}`);
  return `${moves.join("")}H${x(end)}`;
}
