// The question, the five faces, the reason after a bad score, and the thanks: shared by kiosk and phone.

import { face } from "./faces.js";
import { faceWord, languages, loadWords, reasons, say } from "./words.js";

export const THANKS_MS = 2_000;
export const WHY_MS = 10_000;
const BAD = 2;

export const part = (id) => document.getElementById(id);

let shown = "";

export function show(name) {
  shown = name;
  for (const each of ["ask", "why", "thanks", "notice", "pair"]) part(each).hidden = each !== name;
}

export function notice(text) {
  part("notice-text").textContent = text;
  show("notice");
}

function button(text, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

export function drawLanguages(known, chosen, choose) {
  const made = Object.entries(known).map(([code, name]) => {
    const each = button(name, () => choose(code));
    each.lang = code;
    each.setAttribute("aria-pressed", String(code === chosen));
    return each;
  });
  part("languages").replaceChildren(...made);
}

export function draw(press) {
  part("question").textContent = say("question");
  part("why-question").textContent = say("why");
  part("thanks-text").textContent = say("thanks");
  part("skip").textContent = say("skip");
  part("faces").replaceChildren(...[1, 2, 3, 4, 5].map((n) => face(n, faceWord(n), press)));
}

// Resolves with the code of one reason, or null where it was skipped or nobody answered.
function why() {
  show("why");
  return new Promise((resolve) => {
    const skip = () => resolve(null);
    setTimeout(skip, WHY_MS);
    part("skip").onclick = skip;
    const made = reasons().map(([code, text]) => button(text, () => resolve(code)));
    part("reasons").replaceChildren(...made);
    made[0].focus({ preventScroll: true });
  });
}

// One press: `begin(score, held)` keeps the vote at once, `end(vote, reason)` lets it go.
export function presser(begin, end) {
  let busy = false;
  return async (score) => {
    if (busy || shown !== "ask") return;
    busy = true;
    try {
      const bad = score <= BAD;
      const keeping = begin(score, bad ? WHY_MS + THANKS_MS : 0);
      const reason = bad ? await why() : null;
      show("thanks");
      part("told").textContent = say("thanks");
      await end(await keeping, reason);
      await new Promise((resolve) => setTimeout(resolve, THANKS_MS));
      part("told").textContent = "";
    } finally {
      busy = false;
    }
    return true;
  };
}

export { languages, loadWords, say };
