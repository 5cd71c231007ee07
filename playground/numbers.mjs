// Everything that the page shows, computed from its state: by the kernels, and by the naive formula beside them.
import { FORMATS, rounded } from "./formats.mjs";
import { trueSoftmax, ulps } from "./exact.mjs";

// Logits as the format has them, divided by the temperature, -Infinity where top-k or top-p leaves a class out: of those
// kept by top-k, as few of the most probable as have together the share p. Of equal ones the first are kept.
export function filtered(state, kernels) {
  const format = FORMATS[state.format];
  const logits = Float64Array.from(state.logits, (x) => rounded(rounded(x, format) / state.temperature, format));
  const n = logits.length;
  let kept = n;
  if ((state.topK && state.topK < n) || state.topP < 1) {
    const falling = Array.from(logits.keys()).sort((i, j) => logits[j] - logits[i] || i - j);
    if (state.topK) kept = Math.min(state.topK, n);
    for (const i of falling.slice(kept)) logits[i] = -Infinity;
    if (state.topP < 1) {
      const p = kernels.compute("softmax", "float64", logits, n).row;
      let share = 0;
      let count = 0;
      do share += p[falling[count++]]; while (count < kept && share < state.topP);
      for (const i of falling.slice(count, kept)) logits[i] = -Infinity;
      kept = count;
    }
  }
  return { logits, kept };
}

export function numbersOf(state, kernels) {
  const { logits, kept } = filtered(state, kernels);
  const n = logits.length;
  const of = (name, codes) => kernels.compute(name, state.format, logits, n, codes);
  const loss = of("cross_entropy", [state.truth]);
  return {
    logits,
    kept,
    probabilities: of("softmax").row,
    logProbabilities: of("log_softmax").row,
    sparse: of("sparsemax").row,
    logSumExp: of("logsumexp").number[0],
    entropy: of("entropy").number[0],
    loss: loss.number[0],
    gradient: loss.row,
  };
}

// exp(x) / sum of exp(x), as it is written in textbooks, every step rounded to the format; and its logarithm.
export function naive(logits, format) {
  const terms = Array.from(logits, (x) => rounded(Math.exp(x), format));
  const sum = terms.reduce((total, term) => rounded(total + term, format), 0);
  const p = terms.map((term) => rounded(term / sum, format));
  return { terms, sum, p, log: p.map((x) => rounded(Math.log(x), format)) };
}

// How far both are from the truth, in ulp, for every class.
export function errorsOf(state, found) {
  const format = FORMATS[state.format];
  const truth = trueSoftmax(found.logits);
  const plain = naive(found.logits, format);
  const of = (p, log) => ({
    p: Array.from(p, (x, i) => ulps(x, truth.p[i], format)),
    log: Array.from(log, (x, i) => (truth.log[i] === null ? (x === -Infinity ? 0 : Infinity) : ulps(x, truth.log[i], format))),
  });
  return { plain, naive: of(plain.p, plain.log), ours: of(found.probabilities, found.logProbabilities) };
}
