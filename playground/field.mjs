// Many classes: every one a thin bar of a picture, in which logits are drawn with the pointer.
import { clamp, round2 } from "./state.mjs";
import { nice } from "./rows.mjs";
import { plain } from "./words.mjs";

export class Field {
  constructor(canvases, { change, choose }) {
    Object.assign(this, canvases);  // logits, shares, slopes
    this.act = { change, choose };
    this.at = null;  // the class that is looked at
    this.end = 5;
    this.listen();
    this.colours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colours());
  }

  colours() {
    const style = getComputedStyle(document.documentElement);
    this.hue = Object.fromEntries(["accent", "warn", "soft", "rule", "ink"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
  }

  listen() {
    const canvas = this.logits;
    let last = null;
    const to = (event) => {
      const box = canvas.getBoundingClientRect();
      const n = this.state.logits.length;
      const i = clamp(Math.floor(((event.clientX - box.left) / box.width) * n), 0, n - 1);
      const x = round2(this.end * clamp(1 - (2 * (event.clientY - box.top)) / box.height, -1, 1));
      const from = last ?? { i, x };
      for (let j = Math.min(i, from.i); j <= Math.max(i, from.i); j++) {
        const share = i === from.i ? 1 : (j - from.i) / (i - from.i);
        this.act.change(j, round2(from.x + share * (x - from.x)));
      }
      this.at = i;
      last = { i, x };
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.held = true;
      to(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const since = event.getCoalescedEvents?.() ?? [];
      for (const one of since.length ? since : [event]) to(one);
    });
    const release = () => {
      last = null;
      this.held = false;
      this.act.change(this.at, null);
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("keydown", (event) => {
      const n = this.state.logits.length;
      const to = { ArrowRight: 1, ArrowLeft: -1, End: n, Home: -n }[event.key];
      const by = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 }[event.key];
      if (to === undefined && by === undefined && event.key !== "Enter") return;
      event.preventDefault();
      if (to !== undefined) this.at = clamp(this.at + to, 0, n - 1);
      if (event.key === "Enter") this.act.choose(this.at);
      else this.act.change(this.at, by === undefined ? null : round2(this.state.logits[this.at] + by));
    });
  }

  draw(state, found) {
    this.state = state;
    const n = state.logits.length;
    this.at = Math.min(this.at ?? state.truth, n - 1);
    const most = state.logits.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
    if (!this.held && (most > this.end || most < this.end / 8)) this.end = Math.max(5, nice(most * 1.25));
    const top = found.probabilities.reduce((a, b) => Math.max(a, b), 0) || 1;
    const steepest = found.gradient.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
    this.top = top;
    this.bars(this.logits, n, (i) => 0.5 + (0.5 * state.logits[i]) / this.end, 0.5, (i) => (found.logits[i] === -Infinity ? "rule" : "soft"));
    this.bars(this.shares, n, (i) => found.probabilities[i] / top, 0, () => "accent");
    this.bars(this.slopes, n, (i) => 0.5 + (0.5 * found.gradient[i]) / steepest, 0.5, (i) => (found.gradient[i] < 0 ? "accent" : "warn"));
    const canvas = this.logits;
    canvas.setAttribute("aria-valuemin", String(-this.end));
    canvas.setAttribute("aria-valuemax", String(this.end));
    canvas.setAttribute("aria-valuenow", String(state.logits[this.at]));
    canvas.setAttribute("aria-valuetext", this.spoken(found));
  }

  spoken(found) {
    const i = this.at;
    return `class ${i}: logit ${plain(this.state.logits[i])}, softmax ${plain(found.probabilities[i])}, log-softmax `
      + `${plain(found.logProbabilities[i])}, sparsemax ${plain(found.sparse[i])}`;
  }

  // Bars from a level to a height, both shares of the picture; neighbours of one colour are one path.
  bars(canvas, n, height, level, hue) {
    const box = canvas.getBoundingClientRect();
    const [width, tall] = [box.width, box.height].map((size) => Math.round(size * devicePixelRatio));
    if (canvas.width !== width || canvas.height !== tall) [canvas.width, canvas.height] = [width, tall];
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, width, tall);
    pen.fillStyle = this.hue.rule;
    pen.fillRect(0, Math.round((1 - level) * tall) - (level === 0), width, 1);
    const each = width / n;
    const paths = new Map();
    for (let i = 0; i < n; i++) {
      const name = hue(i);
      if (!paths.has(name)) paths.set(name, new Path2D());
      const y = (1 - clamp(height(i), 0, 1)) * tall;
      const base = (1 - level) * tall;
      paths.get(name).rect(i * each, Math.min(y, base), Math.max(each * 0.86, 0.7), Math.abs(base - y));
    }
    for (const [name, path] of paths) {
      pen.fillStyle = this.hue[name];
      pen.fill(path);
    }
    pen.fillStyle = this.hue.ink;
    pen.fillRect((this.at + 0.43) * each, tall - 6 * devicePixelRatio, devicePixelRatio, 6 * devicePixelRatio);
  }
}
