// What the counter completed last, told by the server as soon as it changes; nothing where it is away.

const WAIT_SECONDS = 25;
const AGAIN_MS = 3_000;
const CURRENT_MS = 600_000;
const NOTHING = { event_id: "", interaction_id: null, desk_id: null };

let current = NOTHING;
let heard = 0;
let run = 0;

// Older than ten minutes it is another citizen's.
export const currentOf = (nowMs) => (nowMs - heard < CURRENT_MS ? current : NOTHING);

export async function follow(terminal, stillPaired) {
  const own = ++run;
  while (own === run && stillPaired()) {
    try {
      const query = new URLSearchParams({ after: current.event_id, wait: WAIT_SECONDS });
      const answer = await fetch(`/v1/terminals/${terminal.terminal_id}/current?${query}`, {
        headers: { Authorization: `Bearer ${terminal.key}` },
        cache: "no-store",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json();
      if (said.event_id !== current.event_id) heard = Date.now();
      current = said;
      document.body.dataset.current = current.interaction_id ?? "";
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
