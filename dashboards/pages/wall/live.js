// The live stream with a watchdog of its own: says within 3 s that the line is cut or that the
// numbers stand still, and comes back by itself. Knows nothing of what the numbers mean.

const SILENCE_MS = 2500; // heartbeats come every second
const RETRY_MS = 2000;
const STILL_MS = 5000;
const LOOK_MS = 200;

export class Live {
  // onScores(snapshot), onState("live" | "still" | "cut"), onTime(serverMs)
  constructor(url, { onScores, onState, onTime }) {
    Object.assign(this, { url, onScores, onState, onTime });
    this.state = null;
    this.heard = performance.now();
    this.opened = 0;
    this.open();
    setInterval(() => this.look(), LOOK_MS);
  }

  open() {
    this.source?.close();
    this.opened = performance.now();
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("scores", (event) => {
      this.heard = performance.now();
      this.onScores(JSON.parse(event.data));
    });
    source.addEventListener("heartbeat", (event) => {
      this.heard = performance.now();
      const beat = JSON.parse(event.data);
      if (beat.fresh) this.onTime(beat.now);
      this.become(beat.fresh ? "live" : "still");
    });
    source.addEventListener("error", () => this.become("cut"));
  }

  look() {
    const now = performance.now();
    if (now - this.heard > SILENCE_MS) this.become("cut");
    // A browser gives up after an error answer, and never notices a line that just went silent.
    const stuck = this.source.readyState === EventSource.CLOSED || now - this.heard > 2 * SILENCE_MS;
    if (this.state === "cut" && stuck && now - this.opened > RETRY_MS) this.open();
    // Asking anew makes a server that had nobody to tell look at its store again.
    if (this.state === "still" && now - this.opened > STILL_MS) this.open();
  }

  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }
}
