// What the reader has set, and the address' fragment that says the same.
import { FORMATS } from "./formats.mjs";

export const MOST_CLASSES = 1000;
export const FEW = 24;  // classes with a line and a letter each
export const LARGEST = 10000;  // of a logit, on either side

export const PLAIN = Object.freeze({ logits: [1, 2, 3], temperature: 1, topK: 0, topP: 1, truth: 2, format: "float32" });

// Rows that show something, by name.
export const EXAMPLES = {
  "three classes": {},
  "two classes": { logits: [0, 1.5], truth: 1 },
  "a language model’s next word": { logits: [7.1, 6.4, 5.2, 4.9, 3.3, 3.1, 1.8, 0.2, -0.6, -2.4], truth: 0, temperature: 0.8, topK: 8, topP: 0.95 },
  "logits of 1000": { logits: [1000, 999, 990], truth: 0 },
  "logits of 12 in float16": { logits: [12, 11, 3, -4], truth: 1, format: "float16" },
  "nearly certain": { logits: [40, 2, -3], truth: 0, format: "float64" },
  "a thousand classes": { logits: waves(MOST_CLASSES), truth: 100 },
};

export function waves(n) {
  return Array.from({ length: n }, (_, i) => round2(4 * Math.sin(i / 37) + 1.5 * Math.sin(i * i)));
}

export function round2(x) {
  return Math.round(x * 100) / 100;
}

export function clamp(x, low, high) {
  return Math.min(Math.max(x, low), high);
}

// `#z=1,2,3&t=0.5&k=2&p=.9&y=1&d=float16`; what is as in PLAIN is left out, and what is no number ignored.
export function toFragment(state) {
  const parts = [`z=${state.logits.join(",")}`];
  if (state.temperature !== PLAIN.temperature) parts.push(`t=${state.temperature}`);
  if (state.topK) parts.push(`k=${state.topK}`);
  if (state.topP !== PLAIN.topP) parts.push(`p=${state.topP}`);
  parts.push(`y=${state.truth}`);
  if (state.format !== PLAIN.format) parts.push(`d=${state.format}`);
  return `#${parts.join("&")}`;
}

export function fromFragment(fragment) {
  const said = new Map(fragment.replace(/^#/, "").split("&").map((part) => part.split("=", 2)));
  const number = (key, low, high, otherwise) => {
    const x = said.get(key) ? Number(said.get(key)) : NaN;
    return Number.isFinite(x) ? clamp(x, low, high) : otherwise;
  };
  const given = (said.get("z") ?? "").split(",").filter(Boolean).map(Number);
  const usable = given.length >= 2 && given.every(Number.isFinite);
  const logits = (usable ? given : PLAIN.logits).slice(0, MOST_CLASSES).map((x) => clamp(x, -LARGEST, LARGEST));
  const last = logits.length - 1;
  return {
    logits,
    temperature: number("t", 0.05, 20, PLAIN.temperature),
    topK: Math.round(number("k", 0, logits.length, 0)),
    topP: number("p", 0, 1, PLAIN.topP),
    truth: Math.round(number("y", 0, last, Math.min(PLAIN.truth, last))),
    format: Object.hasOwn(FORMATS, said.get("d") ?? "") ? said.get("d") : PLAIN.format,
  };
}

// Another number of classes: those that are there stay, new ones have the logit 0, or waves if they are many.
export function withClasses(state, n) {
  const more = n > FEW ? waves(n) : Array(n).fill(0);
  const logits = Array.from({ length: n }, (_, i) => state.logits[i] ?? more[i]);
  return { ...state, logits, truth: Math.min(state.truth, n - 1), topK: Math.min(state.topK, n) };
}
