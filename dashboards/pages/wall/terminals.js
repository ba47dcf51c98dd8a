// Terminals that are off, without network or without votes: one line, by state, with their desks.

import { named, say } from "./texts.js";

const NAMED = 3; // more would not fit into the line

export function terminalsOf(offices) {
  const terminals = offices.flatMap((office) => office.terminals);
  const shown = terminals.slice(0, NAMED);
  const states = [...new Set(shown.map(({ state }) => state))];
  const parts = states.map((state) => say(state, {
    where: shown.filter((each) => each.state === state).map(placeOf).join(", "),
  }));
  const left = terminals.length - shown.length;
  return parts.concat(left ? say("moreTerminals", { n: left }) : []).join(" · ");
}

const placeOf = ({ terminal_id: id, desks }) => desks.map(({ name }) => named(name)).join(" + ") || id;
