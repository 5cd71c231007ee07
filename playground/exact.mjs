// The true softmax of a row, to fifty digits, in whole numbers: what errors are measured against.
//
// A number is fixed (a BigInt, in units of 2^-BITS) or floating ({ m, e }: m is fixed and in [1, 2), times 2^e).
import { exponentOf } from "./formats.mjs";

const BITS = 192n;
const ONE = 1n << BITS;
const LN2 = 18n * atanhOfInverse(26n) - 2n * atanhOfInverse(4801n) + 8n * atanhOfInverse(8749n);

function atanhOfInverse(n) {
  let term = (ONE << 32n) / n;
  let sum = term;
  for (let k = 3n; term; k += 2n) {
    term /= n * n;
    sum += term / k;
  }
  return sum >> 32n;
}

function fixed(x) {
  if (x === 0) return 0n;
  const e = exponentOf(x) - 52;
  const whole = BigInt(x / 2 ** e);  // exact, also for the smallest numbers, of which the last bits are then dropped
  const shift = BigInt(e) + BITS;
  return shift >= 0n ? whole << shift : whole >> -shift;
}

// e^d, floating, of a fixed d <= 0.
function exponential(d) {
  let n = d / LN2;
  if (n * LN2 > d) n -= 1n;
  const r = (d - n * LN2) >> 8n;
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term; k++) {
    term = ((term * r) >> BITS) / k;
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) >> BITS;
  return { m: sum, e: Number(n) };
}

function shifted(m, by) {
  return by >= 0 ? m << BigInt(by) : m >> BigInt(-by);
}

// ln(1 + rest), floating, of a floating rest > 0: by its series if it is small, else by Newton's steps from a double.
function log1p(rest) {
  if (rest.e < -60) {
    const squared = shifted((rest.m * rest.m) >> (BITS + 1n), rest.e);
    const cubed = shifted((squared * rest.m) >> BITS, rest.e) * 2n / 3n;
    return { m: rest.m - squared + cubed, e: rest.e };
  }
  const s = ONE + shifted(rest.m, rest.e);
  let y = fixed(Math.log1p(Number(shifted(rest.m, rest.e) >> (BITS - 60n)) / 2 ** 60));
  for (let i = 0; i < 2; i++) {
    const less = exponential(-y);  // 1 / e^y
    const ratio = shifted((s * less.m) >> BITS, less.e);  // s / e^y
    y += (2n * (ratio - ONE) * ONE) / (ratio + ONE);
  }
  return { m: y, e: 0 };
}

// The true probabilities and their logarithms for finite logits and -Infinity: { p, log }, lists of floating numbers.
export function trueSoftmax(logits) {
  const largest = Math.max(...logits);
  const top = logits.indexOf(largest);
  const distances = Array.from(logits, (x) => (x === -Infinity ? null : fixed(x) - fixed(largest)));
  const terms = distances.map((d) => (d === null ? null : exponential(d)));
  const others = terms.filter((term, i) => term !== null && i !== top);
  const log = [];
  let sum = ONE;
  let least = { m: 0n, e: 0 };  // ln of the sum
  if (others.length) {
    const e = Math.max(...others.map((term) => term.e));
    const m = others.reduce((total, term) => total + shifted(term.m, term.e - e), 0n);
    sum += shifted(m, e);
    least = log1p({ m, e });
  }
  const p = terms.map((term) => (term === null ? { m: 0n, e: 0 } : { m: (term.m << BITS) / sum, e: term.e }));
  for (const [i, d] of distances.entries()) {
    if (i === top) log.push({ m: -least.m, e: least.e });
    else log.push(d === null ? null : { m: d - shifted(least.m, least.e), e: 0 });
  }
  return { p, log };
}

// How far a number is from a true one, in ulp of the format there; Infinity where it is none.
export function ulps(got, truth, format) {
  if (!Number.isFinite(got)) return Infinity;
  if (truth.m === 0n) return got === 0 ? 0 : Infinity;
  const size = truth.m < 0n ? -truth.m : truth.m;
  const exponent = truth.e + size.toString(2).length - 1 - Number(BITS);
  const ulp = Math.max(exponent, format.least) - format.digits + 1;
  const scale = ulp - 60;  // units of 2^-60 ulp
  const exact = shifted(truth.m, truth.e - Number(BITS) - scale);
  const e = got === 0 ? 0 : Math.max(exponentOf(got), -1022) - 52;
  const given = got === 0 ? 0n : shifted(BigInt(got / 2 ** e), e - scale);
  const error = exact > given ? exact - given : given - exact;
  return Number(error) / 2 ** 60;
}

// The nearest double.
export function asNumber({ m, e }) {
  return (Number(m >> (BITS - 100n)) / 2 ** 100) * 2 ** e;
}
