// How numbers are written, and the sentences that numbers choose.
import { FORMATS, largest, rounded } from "./formats.mjs";
import { FEW } from "./state.mjs";

const STEPS = [[99.95, 0], [9.995, 1], [1.0005, 2], [0.00995, 3], [0.000995, 4], [0.00001, 5]];

// Three digits that mean something: .665, 12.5, −3.41, 2.1e−7; no 0 or 1 that is not one.
export function plain(x) {
  if (Number.isNaN(x)) return "NaN";
  const sign = x < 0 ? "−" : "";
  const size = Math.abs(x);
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  if (size < 0.00001) return sign + size.toExponential(1).replace("e-", "e−");
  let digits = STEPS.find(([least]) => size >= least)[1];
  if (size < 1) while (digits < 8 && Number(size.toFixed(digits)) === 1) digits++;
  const text = size.toFixed(digits);
  if (size <= 1 && Number(text) === 1) return `${sign}1`;
  return sign + (digits ? text.replace(/^0/, "") : Number(text).toLocaleString("en"));
}

// The same without zeros at the end, for numbers that somebody set.
export function short(x) {
  const text = plain(x);
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}

// As few digits as tell a number from all others of its format: what NumPy prints.
export function shortest(x, format) {
  if (!Number.isFinite(x)) return plain(x);
  for (let digits = 1; digits < 17; digits++) {
    const text = x.toPrecision(digits);
    if (rounded(Number(text), format) === x) return written(Number(text));
  }
  return written(x);
}

function written(x) {
  const size = Math.abs(x);
  const text = size !== 0 && (size < 1e-4 || size >= 1e16) ? x.toExponential() : String(x);
  return text.replace(/-/g, "−");
}

export function nameOf(i, n) {
  return n <= FEW ? String.fromCharCode(97 + i) : String(i);
}

export function counted(n, thing) {
  return `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : thing.endsWith("s") ? "es" : "s"}`;
}

// The most probable class, and why.
export function finding(state, found) {
  const n = found.logits.length;
  const falling = Array.from(found.logits.keys()).sort((i, j) => found.logits[j] - found.logits[i] || i - j);
  const [first, second] = falling;
  const share = `Class ${nameOf(first, n)} gets ${plain(found.probabilities[first])} of the probability`;
  if (found.logits[second] === -Infinity) return `${share}: it is the only class that was kept.`;
  const ahead = found.logits[first] - found.logits[second];
  if (ahead === 0) return `${share}, and class ${nameOf(second, n)} as much: their logits are equal.`;
  const divided = state.temperature === 1 ? "" : ", once it is divided by the temperature";
  return `${share}. Its logit is ${short(ahead)} ahead of class ${nameOf(second, n)}’s${divided}, so it is e to the ${short(ahead)}, `
    + `or ${plain(Math.exp(ahead))}, times as probable.`;
}

export function spread(found) {
  const n = found.logits.length;
  const zeros = found.sparse.reduce((count, x) => count + (x === 0), 0);
  const kept = found.kept < n ? `Top-k and top-p keep ${found.kept} of ${counted(n, "class")}. ` : "";
  return `${kept}The entropy is ${plain(found.entropy)} nats of ${plain(Math.log(n))} at most: as unsure as an even choice among `
    + `${plain(Math.exp(found.entropy))}. Sparsemax gives ${counted(zeros, "class")} a probability of exactly 0.`;
}

export function lossSaid(state, found) {
  const n = found.logits.length;
  const name = nameOf(state.truth, n);
  if (found.loss === Infinity) return `If class ${name} is true, the loss is infinite: it was left out, and has the probability 0.`;
  if (found.probabilities[state.truth] === 0) {
    return `If class ${name} is true, the loss is ${plain(found.loss)} nats, though its probability is too small for ${state.format}.`;
  }
  return `If class ${name} is true, the loss is −log ${plain(found.probabilities[state.truth])} = ${plain(found.loss)} nats.`;
}

// What becomes of the formula as textbooks have it.
export function naiveSaid(state, found, errors) {
  const format = FORMATS[state.format];
  const n = found.logits.length;
  const { plain: { terms, sum, p }, naive, ours } = errors;
  const kept = [...found.logits.keys()].filter((i) => found.logits[i] !== -Infinity);
  const over = kept.find((i) => terms[i] === Infinity);
  const mine = `The package is off by ${ulpsSaid(Math.max(...ours.p))}.`;
  if (over !== undefined) {
    return `In ${state.format} e to the ${short(found.logits[over])} is infinite, for the largest number is `
      + `${huge(largest(format))}: the naive formula gives NaN for class ${nameOf(over, n)}. ${mine}`;
  }
  if (sum === 0) return `In ${state.format} all exponentials are 0: the naive formula divides 0 by 0. ${mine}`;
  if (sum === Infinity) return `In ${state.format} the sum of the exponentials is infinite: all becomes 0. ${mine}`;
  const lost = kept.filter((i) => p[i] === 0 && found.probabilities[i] !== 0);
  if (lost.length) return `The naive formula gives 0 to ${counted(lost.length, "class")} that have a probability. ${mine}`;
  const log = Math.max(...kept.map((i) => naive.log[i]));
  return `The naive formula is off by ${ulpsSaid(Math.max(...naive.p))}, and its logarithm by ${ulpsSaid(log)}. ${mine}`;
}

function huge(x) {
  return x < 1e6 ? x.toLocaleString("en") : x.toExponential(1).replace("e+", "e");
}

export function ulpsSaid(error) {
  if (error === Infinity) return "everything";
  if (error >= 1000) return `${Math.round(error).toLocaleString("en")} ulp`;
  return `${plain(error)} ulp`;
}
