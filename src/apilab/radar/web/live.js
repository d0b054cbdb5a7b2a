// What happens, as it happens. Says honestly when it no longer hears.

const silence = 20_000;

export class Live {
  constructor({ event, state }) {
    this.told = event;
    this.tellState = state;
    this.state = "connecting";
    this.lost = null;
    setInterval(() => this.look(), 2000);
  }

  begin() {
    this.source?.close();
    this.source = new EventSource("/api/stream");
    this.heard = Date.now();
    const hear = (name, act) => this.source.addEventListener(name, (event) => {
      this.heard = Date.now();
      this.set("live");
      act?.(event);
    });
    // After a gap nobody knows what was missed: the page is loaded again.
    hear("hello", () => this.lost && this.told("reset", {}));
    hear("beat");
    hear("reset", () => this.told("reset", {}));
    hear("call", (event) => this.told("call", JSON.parse(event.data)));
    hear("action", (event) => this.told("action", JSON.parse(event.data)));
    this.source.onerror = () => this.set("lost");
  }

  look() {
    if (!this.source) return;
    if (this.state === "live" && Date.now() - this.heard > silence) this.set("lost");
    // The browser comes back by itself unless it was refused.
    if (this.source.readyState === EventSource.CLOSED && Date.now() - (this.tried ?? 0) > 5000) {
      this.tried = Date.now();
      this.begin();
    }
    if (this.state === "lost") this.tellState("lost", this.lost);
  }

  set(state) {
    if (state === "lost") this.lost ??= new Date(this.heard);
    if (state === this.state) return;
    this.state = state;
    this.tellState(state, this.lost);
    if (state === "live") setTimeout(() => (this.lost = null), 0);
  }
}
