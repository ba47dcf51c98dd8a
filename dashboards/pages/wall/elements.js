// Small pieces of the page: elements, faces, and a score with everything that belongs to it.

import { clockTime, faceWord, say, whole } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";

export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Decoration: the word for the face always stands beside it.
export function faceSign(face) {
  return draw("svg", { class: "face", viewBox: "0 0 100 100", "aria-hidden": "true" },
    draw("use", { href: `#face-${face ?? "none"}` }));
}

export const bandOf = (numbers) => (numbers.score ? String(numbers.score.face) : "none");

export const stateOf = (numbers) => {
  if (numbers.score) return faceWord(numbers.score.face);
  return say(numbers.votes ? "tooFew" : "noneYet");
};

export const votesOf = (numbers) =>
  say("votes", { n: numbers.score ? numbers.score.votes : numbers.votes });

export function rangeOf(score) {
  const ends = { low: whole(score.low), high: whole(score.high) };
  return make("span", { class: "range", title: say("intervalLong", ends) }, say("interval", ends));
}

export const asOf = (score, timeZone) =>
  say("asOf", {
    votes: say("votes", { n: score.votes }),
    time: clockTime(Date.parse(score.as_of), timeZone),
  });
