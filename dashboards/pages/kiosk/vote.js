// One vote on the citizen's own phone: the link says which service, the server whether it still may.

import { draw, drawLanguages, languages, loadWords, notice, presser, say, show } from "./asking.js";
import { first } from "./words.js";

const SAID = { 404: "broken", 409: "used", 410: "expired" };
const asked = new URLSearchParams(location.search);
const token = location.pathname.split("/").pop();
let shown = "";

function tell(key) {
  shown = key;
  notice(say(key));
}

const begin = async (score) => ({ score });

async function end(vote, reason) {
  const answer = await fetch(`/v1/votes/${token}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(reason ? { ...vote, reasons: [reason] } : vote),
  });
  if (!answer.ok) throw new Error(SAID[answer.status] ?? "away");
}

const press = presser(begin, end);

async function onPress(score) {
  try {
    if (await press(score)) tell("thanks");
  } catch (problem) {
    if (problem.message in { used: 1, expired: 1, broken: 1 }) return tell(problem.message);
    tell("away");
    setTimeout(() => show("ask"), 3_000); // the press is made again where there is a network
  }
}

async function speak(language) {
  await loadWords(language);
  drawLanguages(known, language, speak);
  draw(onPress);
  if (shown) tell(shown);
}

const known = await languages();
await speak(first(known, asked.get("lang")));
const answer = await fetch(`/v1/votes/${token}`, { cache: "no-store" }).catch(() => null);
if (answer?.ok) show("ask");
else tell(SAID[answer?.status] ?? "away");
