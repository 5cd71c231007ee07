// The page: what the reader does changes the state, and a state is drawn once for every picture of the screen.
import { FORMATS } from "./formats.mjs";
import { start } from "./kernels.mjs";
import { errorsOf, numbersOf } from "./numbers.mjs";
import { EXAMPLES, FEW, LARGEST, MOST_CLASSES, PLAIN, clamp, fromFragment, round2, toFragment, withClasses } from "./state.mjs";
import { Field } from "./field.mjs";
import { Rows, element } from "./rows.mjs";
import { counted, finding, lossSaid, naiveSaid, nameOf, plain, short, shortest, spread, ulpsSaid } from "./words.mjs";

const SHOWN = 8;  // classes whose digits are shown
const LATER = 150;  // milliseconds until what takes long is done: errors of many classes, the address

const at = (id) => document.getElementById(id);

class Page {
  constructor(kernels) {
    this.kernels = kernels;
    this.state = fromFragment(location.hash);
    const act = { change: (i, x) => this.change(i, x), choose: (truth) => this.set({ truth }) };
    this.rows = new Rows(at("rows"), at("slopes"), act);
    this.field = new Field({ logits: at("field-logits"), shares: at("field-shares"), slopes: at("field-slopes") }, act);
    this.controls();
    addEventListener("hashchange", () => {
      if (location.hash !== this.said) this.set(fromFragment(location.hash));
    });
    addEventListener("resize", () => this.ask());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.ask());
    this.draw();
  }

  controls() {
    at("example").append(element("option", { value: "" }, "…"));
    at("example").append(...Object.keys(EXAMPLES).map((name) => element("option", { value: name }, name)));
    at("example").addEventListener("change", () => {
      const example = EXAMPLES[at("example").value];
      if (example) this.set({ ...PLAIN, ...example });
    });
    at("formats").append(...Object.keys(FORMATS).map((name) => {
      const input = element("input", { type: "radio", name: "format", value: name });
      input.addEventListener("change", () => this.set({ format: name }));
      return element("label", {}, input, ` ${name}`);
    }));
    const on = (id, event, take) => at(id).addEventListener(event, () => this.set(take(at(id).valueAsNumber)));
    on("temperature", "input", (x) => ({ temperature: Number((10 ** x).toPrecision(3)) }));
    on("top-k", "input", (topK) => ({ topK }));
    on("top-p", "input", (topP) => ({ topP }));
    on("classes", "change", (n) => withClasses(this.state, clamp(Math.round(n) || 2, 2, MOST_CLASSES)));
    at("step").addEventListener("click", () => {
      const { gradient } = numbersOf(this.state, this.kernels);
      this.set({ logits: this.state.logits.map((x, i) => Math.round((x - gradient[i]) * 1e6) / 1e6) });
    });
  }

  change(i, x) {
    if (x !== null) this.state.logits[i] = clamp(x, -LARGEST, LARGEST);
    this.ask();
  }

  set(some) {
    this.state = { ...this.state, ...some, logits: [...(some.logits ?? this.state.logits)] };
    this.ask();
  }

  ask() {
    delete document.documentElement.dataset.settled;
    this.asked ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.asked = undefined;
    const begin = performance.now();
    const { state } = this;
    const found = numbersOf(state, this.kernels);
    const n = state.logits.length;
    if (n !== this.drawn) this.arrange(n);
    const few = n <= FEW;
    (few ? this.rows : this.field).draw(state, found);
    this.say(state, found);
    clearTimeout(this.later);
    const now = few && document.documentElement.dataset.ready;  // the first picture does not wait for it
    if (now) this.digits(state, found);
    this.later = setTimeout(() => {
      if (!now) this.digits(state, found);
      this.said = toFragment(state);
      history.replaceState(null, "", this.said);
      document.documentElement.dataset.settled = "yes";
    }, LATER);
    document.documentElement.dataset.took = (performance.now() - begin).toFixed(2);
    document.documentElement.dataset.ready ??= performance.now().toFixed(1);
  }

  arrange(n) {
    this.drawn = n;
    const few = n <= FEW;
    at("few").hidden = at("slopes").hidden = !few;
    at("many").hidden = at("field-slopes").hidden = few;
    at("read-few").hidden = !few;
    at("read-many").hidden = few;
    if (few) this.rows.build(n);
    at("top-k").max = String(n);
  }

  say(state, found) {
    const n = state.logits.length;
    const put = (id, text) => {
      if (at(id).textContent !== text) at(id).textContent = text;
    };
    put("finding", finding(state, found));
    put("spread", spread(found));
    put("said-loss", lossSaid(state, found));
    put("sums", `logsumexp, the logarithm of the sum of the exponentials, is ${plain(found.logSumExp)}; entropy ${plain(found.entropy)} nats.`);
    put("said-temperature", short(state.temperature));
    put("said-top-k", state.topK ? String(state.topK) : "all");
    put("said-top-p", short(round2(state.topP)));
    const [low, high] = this.rows.ends();
    put("low", short(low));
    put("high", short(high));
    if (n > FEW) {
      put("field-scale", `from ${short(-this.field.end)} to ${short(this.field.end)}; draw with the pointer, or use the arrow keys`);
      put("field-top", `from 0 to ${plain(this.field.top)}`);
      put("spoken", `${this.field.spoken(found)}. Enter says that this class is true; now that is class ${state.truth}.`);
    }
    const show = (id, value) => {
      at(id).value = String(value);
    };
    show("temperature", Math.log10(state.temperature));
    show("top-k", state.topK);
    show("top-p", state.topP);
    show("classes", n);
    for (const input of at("formats").querySelectorAll("input")) input.checked = input.value === state.format;
  }

  digits(state, found) {
    const errors = errorsOf(state, found);
    const n = state.logits.length;
    const format = FORMATS[state.format];
    const worst = [...errors.naive.p.keys()].sort((i, j) => errors.naive.p[j] - errors.naive.p[i] || i - j).slice(0, SHOWN);
    at("said-naive").textContent = naiveSaid(state, found, errors);
    at("shown-digits").textContent = n > SHOWN ? `${state.format}, the ${SHOWN} of ${counted(n, "class")} on which the naive formula is worst`
      : `${state.format}, every class`;
    at("errors").replaceChildren(...worst.sort((i, j) => i - j).map((i) => {
      const cells = [
        shortest(errors.plain.p[i], format), ulpsSaid(errors.naive.p[i]), shortest(found.probabilities[i], format),
        ulpsSaid(errors.ours.p[i]), ulpsSaid(errors.naive.log[i]), ulpsSaid(errors.ours.log[i]),
      ];
      const off = (k) => (k === 1 && errors.naive.p[i] >= 2) || (k === 4 && errors.naive.log[i] >= 2);
      return element("tr", {}, element("th", { scope: "row" }, nameOf(i, n)), ...cells.map((cell, k) => element("td", { class: off(k) ? "r warn" : "r" }, cell)));
    }));
  }
}

async function kernelsOfPage() {
  const packed = Uint8Array.from(atob(at("kernels").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return start(await new Response(unpacked).arrayBuffer());
}

kernelsOfPage().then((kernels) => new Page(kernels));
