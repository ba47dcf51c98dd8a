// Votes that wait go out when they can: their times mended once by the server's clock, each until the
// server has it. Sending again is harmless, since an event counts once.

import { forget, keep, kept } from "./storage.js";

const AT_ONCE = 200;
const AGAIN_MS = 5_000;
const RIGHT_ENOUGH_MS = 2_000;

let offset = null; // server's clock less ours, in ms
let timer = 0;
let under = null;

// `Date` is in whole seconds, cut off: half a second is added.
async function learnOffset() {
  const before = Date.now();
  const answer = await fetch("/healthz", { cache: "no-store" });
  const theirs = Date.parse(answer.headers.get("Date")) + 500;
  const off = theirs - (before + Date.now()) / 2;
  offset = Math.abs(off) < RIGHT_ENOUGH_MS ? 0 : Math.round(off);
}

function event(vote) {
  const { pressed, held_until: _, mended, ...fields } = vote;
  return { ...fields, voted_at: new Date(mended).toISOString() };
}

async function mend(votes) {
  if (votes.every((vote) => vote.mended !== undefined)) return;
  await learnOffset();
  for (const vote of votes) {
    if (vote.mended !== undefined) continue;
    vote.mended = vote.pressed + offset;
    await keep(vote);
  }
}

async function attempt(key) {
  const now = Date.now();
  const votes = (await kept())
    .filter((vote) => !(vote.held_until > now && vote.held_until - now < 60_000))
    .slice(0, AT_ONCE);
  if (votes.length === 0) return "done";
  await mend(votes);
  const answer = await fetch("/v1/events", {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify(votes.map(event)),
  });
  if (answer.status === 401 || answer.status === 403) return "refused";
  if (answer.status !== 202 && answer.status !== 422) return "away";
  await forget(votes.map((vote) => vote.event_id)); // those that were refused would be again
  return votes.length === AT_ONCE ? await attempt(key) : "done";
}

// `told(state, waiting)` hears how it went: "done", "away" or "refused".
export function send(key, told) {
  clearTimeout(timer);
  under = (under ?? Promise.resolve()).then(async () => {
    const state = await attempt(key).catch(() => "away");
    const left = await kept();
    told(state, left.length);
    clearTimeout(timer);
    if (left.length > 0) {
      const soonest = Math.min(...left.map((vote) => vote.held_until ?? 0)) - Date.now();
      timer = setTimeout(() => send(key, told), Math.max(soonest, state === "done" ? 50 : AGAIN_MS));
    }
  });
  return under;
}
