// The one time of a card: what every plot, lane and view of it shows, and how fast it goes on.

class Clock {
  constructor(end, hz) {
    this.end = end;
    this.step = 1 / hz;
    this.at = 0;
    this.view = [0, end];
    this.speed = 1;
    this.playing = false;
    this.listeners = [];
  }

  /** Tells a listener of every change, and at once. */
  watch(listener) {
    this.listeners.push(listener);
    listener(this);
  }

  changed() {
    for (const listener of this.listeners) listener(this);
  }

  set(at) {
    this.at = clamp(at, 0, this.end);
    const [from, to] = this.view;
    // A cursor that leaves the view takes it along.
    if (this.at < from || this.at > to) {
      const half = (to - from) / 2;
      const start = clamp(this.at - half, 0, Math.max(this.end - 2 * half, 0));
      this.view = [start, start + 2 * half];
    }
    this.changed();
  }

  /** Shows less (factor < 1) or more time about the cursor. */
  zoom(factor) {
    const span = clamp((this.view[1] - this.view[0]) * factor, Math.min(this.end, 20 * this.step), this.end);
    const start = clamp(this.at - span / 2, 0, this.end - span);
    this.view = [start, start + span];
    this.changed();
  }

  /** The row that is in force. */
  row(rows) {
    return clamp(Math.floor(this.at / this.step + 1e-6), 0, rows - 1);
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing) {
      if (this.at >= this.end) this.at = 0;
      let before = performance.now();
      const frame = (now) => {
        if (!this.playing) return;
        const at = this.at + ((now - before) / 1000) * this.speed;
        before = now;
        if (at >= this.end) this.playing = false;
        this.set(at);
        if (this.playing) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }
    this.changed();
  }
}
