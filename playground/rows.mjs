// A few classes: a line for each, with a logit to drag, its probability, and what the loss asks of it.
import { clamp, round2 } from "./state.mjs";
import { nameOf, plain } from "./words.mjs";

export function element(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}

export class Rows {
  // `change(i, logit)` and `choose(i)` tell the page what the reader did.
  constructor(board, slopes, { change, choose }) {
    this.board = board;
    this.slopes = slopes;
    this.act = { change, choose };
    this.lines = [];
    this.range = [-5, 5];
  }

  build(n) {
    const make = (i) => this.line(i, n);
    this.lines = Array.from({ length: n }, (_, i) => make(i));
    this.board.replaceChildren(...this.lines.map(({ row }) => row));
    this.slopes.replaceChildren(...this.lines.map(({ slope }) => slope));
  }

  line(i, n) {
    const name = nameOf(i, n);
    const truth = element("input", { type: "radio", name: "truth", "aria-label": `${name} is true` });
    const bar = element("i", { class: "bar-of-logit" });
    const grip = element("i", { class: "grip" });
    const track = element(
      "div", { class: "track-of-logit", role: "slider", tabindex: 0, "aria-label": `logit of ${name}` },
      element("i", { class: "zero" }), bar, grip,
    );
    const input = element("input", { type: "number", step: "any", "aria-label": `logit of ${name}, as a number` });
    const share = element("i", { class: "bar-of-share" });
    const sparse = element("i", { class: "tick-of-sparse" });
    const shares = element("div", { class: "track-of-share", "aria-hidden": "true" }, share, sparse);
    const [p, log, s] = ["softmax", "log", "sparsemax"].map((of) => element("span", { class: "of", "data-of": of }));
    const row = element("div", { class: "line" }, truth, element("b", {}, name), track, input, shares, p, log, s);
    const pull = element("i", { class: "pull" });
    const amount = element("span", { class: "of" });
    const slope = element(
      "div", { class: "slope" }, element("b", {}, name),
      element("div", { class: "track-of-slope", "aria-hidden": "true" }, element("i", { class: "zero" }), pull), amount,
    );
    truth.addEventListener("change", () => this.act.choose(i));
    input.addEventListener("input", () => {
      if (input.value !== "" && Number.isFinite(input.valueAsNumber)) this.act.change(i, input.valueAsNumber);
    });
    this.listen(track, i);
    return { row, slope, truth, bar, grip, track, input, share, sparse, p, log, s, pull, amount };
  }

  listen(track, i) {
    const to = (event) => {
      const box = track.getBoundingClientRect();
      const at = clamp((event.clientX - box.left) / box.width, 0, 1);
      const [low, high] = this.range;
      const step = (high - low) / 1000;
      this.act.change(i, round2(Math.round((low + at * (high - low)) / step) * step));
    };
    track.addEventListener("pointerdown", (event) => {
      track.setPointerCapture(event.pointerId);
      track.focus({ preventScroll: true });
      this.held = true;
      to(event);
      event.preventDefault();
    });
    track.addEventListener("pointermove", (event) => track.hasPointerCapture(event.pointerId) && to(event));
    const release = () => {
      this.held = false;
      this.act.change(i, null);
    };
    track.addEventListener("pointerup", release);
    track.addEventListener("pointercancel", release);
    track.addEventListener("keydown", (event) => {
      const [low, high] = this.range;
      const now = Number(track.getAttribute("aria-valuenow"));
      const step = (high - low) / 100;
      const to = {
        ArrowRight: now + step, ArrowUp: now + step, ArrowLeft: now - step, ArrowDown: now - step,
        PageUp: now + 10 * step, PageDown: now - 10 * step, Home: low, End: high,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.act.change(i, round2(to));
    });
  }

  // The scale stays as it is while a bar is held, and as long as all bars fit well.
  fit(logits) {
    const most = Math.max(...logits.map(Math.abs));
    const end = this.range[1];
    if (this.held || (most <= end && (most >= end / 8 || end === 5))) return;
    this.range = [-1, 1].map((sign) => sign * Math.max(5, nice(most * 1.25)));
  }

  draw(state, found) {
    this.fit(state.logits);
    const [low, high] = this.range;
    const place = (x) => 100 * clamp((x - low) / (high - low), 0, 1);
    const steepest = Math.max(...found.gradient.map(Math.abs), 1e-30);
    for (const [i, line] of this.lines.entries()) {
      const x = state.logits[i];
      const zero = place(0);
      span(line.bar, Math.min(zero, place(x)), Math.abs(place(x) - zero));
      line.grip.style.left = `${place(x)}%`;
      line.track.setAttribute("aria-valuenow", String(x));
      line.track.setAttribute("aria-valuemin", String(low));
      line.track.setAttribute("aria-valuemax", String(high));
      line.track.setAttribute("aria-valuetext", `${plain(x)}, probability ${plain(found.probabilities[i])}`);
      const typed = line.input.valueAsNumber;  // none while a number is only begun
      if (typed !== x && (document.activeElement !== line.input || Number.isFinite(typed))) line.input.value = String(x);
      line.truth.checked = state.truth === i;
      line.row.classList.toggle("out", found.logits[i] === -Infinity);
      span(line.share, 0, 100 * found.probabilities[i]);
      line.sparse.style.left = `${100 * found.sparse[i]}%`;
      line.p.textContent = plain(found.probabilities[i]);
      line.log.textContent = plain(found.logProbabilities[i]);
      line.s.textContent = plain(found.sparse[i]);
      const pull = (50 * found.gradient[i]) / steepest;
      span(line.pull, Math.min(50, 50 + pull), Math.abs(pull));
      line.pull.classList.toggle("up", pull < 0);
      line.amount.textContent = plain(found.gradient[i]);
    }
  }

  ends() {
    return this.range;
  }
}

function span(bar, left, width) {
  bar.style.left = `${left}%`;
  bar.style.width = `${width}%`;
}

export function nice(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= x);
}
