// Floating-point formats: how a number is rounded to one, and how it lies in memory.

// The place of each in `Kind` of cpp/kernels.hpp; bytes; digits of the significand; exponents of the smallest normal
// number and of the largest.
export const FORMATS = {
  float16: { kind: 0, bytes: 2, digits: 11, least: -14, most: 15 },
  bfloat16: { kind: 1, bytes: 2, digits: 8, least: -126, most: 127 },
  float32: { kind: 2, bytes: 4, digits: 24, least: -126, most: 127 },
  float64: { kind: 3, bytes: 8, digits: 53, least: -1022, most: 1023 },
};

const bits = new DataView(new ArrayBuffer(8));

// The e for which 2^e <= |x| < 2^(e+1).
export function exponentOf(x) {
  bits.setFloat64(0, x);
  const raw = (bits.getUint16(0) >> 4) & 0x7ff;
  if (raw) return raw - 1023;
  return x === 0 ? -1075 : Math.floor(Math.log2(Math.abs(x)));
}

// The distance to the next number of a format.
export function exponentOfUlp(x, format) {
  return Math.max(exponentOf(x), format.least) - format.digits + 1;
}

// The nearest number of a format, the even one of two; infinity beyond the largest.
export function rounded(x, format) {
  if (format.digits === 53 || x === 0 || !Number.isFinite(x)) return x;
  if (format.digits === 24) return Math.fround(x);
  const step = 2 ** exponentOfUlp(x, format);
  const whole = x / step;
  let nearest = Math.round(whole);
  if (Math.abs(whole - Math.trunc(whole)) === 0.5) nearest = 2 * Math.round(whole / 2);
  const result = nearest * step;
  return Math.abs(result) >= 2 ** (format.most + 1) ? Math.sign(x) * Infinity : result;
}

export function largest(format) {
  return (2 - 2 ** (1 - format.digits)) * 2 ** format.most;
}

// Writes numbers of a format, as which they are rounded, from a byte on.
export function write(view, at, numbers, format) {
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i];
    const place = at + i * format.bytes;
    if (format.bytes === 8) view.setFloat64(place, x, true);
    else if (format.bytes === 4) view.setFloat32(place, x, true);
    else view.setUint16(place, halfBits(rounded(x, format), format), true);
  }
}

export function read(view, at, count, format, to = new Float64Array(count)) {
  for (let i = 0; i < count; i++) {
    const place = at + i * format.bytes;
    if (format.bytes === 8) to[i] = view.getFloat64(place, true);
    else if (format.bytes === 4) to[i] = view.getFloat32(place, true);
    else to[i] = halfValue(view.getUint16(place, true), format);
  }
  return to;
}

// The 16 bits of a number that is one of the format: sign, exponent, significand without its first digit.
function halfBits(x, { digits, least, most }) {
  const stored = digits - 1;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const top = (2 * most + 1) << stored;
  if (Number.isNaN(x)) return top | (1 << (stored - 1));
  const size = Math.abs(x);
  if (size === Infinity) return sign | top;
  if (size < 2 ** least) return sign | (size / 2 ** (least - stored));
  const e = exponentOf(size);
  return sign | ((e - least + 1) << stored) | (size / 2 ** (e - stored) - 2 ** stored);
}

function halfValue(raw, { digits, least, most }) {
  const stored = digits - 1;
  const sign = raw & 0x8000 ? -1 : 1;
  const e = (raw & 0x7fff) >> stored;
  const rest = raw & (2 ** stored - 1);
  if (e === 2 * most + 1) return rest ? NaN : sign * Infinity;
  return sign * (e ? (2 ** stored + rest) * 2 ** (e - 1 + least - stored) : rest * 2 ** (least - stored));
}
