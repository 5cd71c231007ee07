// The kernels of the package, compiled to WebAssembly: rows of numbers in, rows of numbers out.
import { FORMATS, read, write } from "./formats.mjs";

// In the order of kFunctionsOfPage in exports.cpp. What each gives: a row, a number for each row, or both.
const FUNCTIONS = [
  { name: "softmax", row: true, number: false },
  { name: "log_softmax", row: true, number: false },
  { name: "logsumexp", row: false, number: true },
  { name: "entropy", row: false, number: true },
  { name: "cross_entropy", row: true, number: true },
  { name: "sparsemax", row: true, number: false },
];

export async function start(module) {
  const { instance } = await WebAssembly.instantiate(module, {});
  instance.exports._initialize();
  return new Kernels(instance.exports);
}

class Kernels {
  constructor(exports) {
    this.exports = exports;
  }

  // Computes a function of rows of `classes` logits, which are rounded to a format first: { row, number }, as doubles.
  // A loss of half precision is a float32.
  compute(name, formatName, logits, classes, codes = null) {
    const which = FUNCTIONS.findIndex((one) => one.name === name);
    const { row, number } = FUNCTIONS[which];
    const format = FORMATS[formatName];
    const perRow = name === "cross_entropy" && format.bytes === 2 ? FORMATS.float32 : format;
    const rows = logits.length / classes;
    const matrix = align(logits.length * format.bytes);
    const numbers = align(rows * 8);
    const begin = this.exports.room(2 * matrix + 2 * numbers);
    if (begin === 0) throw new RangeError("expected memory for the logits, got none; take fewer");
    const [out, each, truth] = [begin + matrix, begin + 2 * matrix, begin + 2 * matrix + numbers];
    write(new DataView(this.exports.memory.buffer), begin, logits, format);
    if (codes) new BigInt64Array(this.exports.memory.buffer, truth, rows).set(codes.map(BigInt));
    const done = this.exports.compute(
      which, format.kind, perRow.kind, rows, classes, begin, row ? out : 0, number ? each : 0, codes ? truth : 0,
    );
    if (!done) throw new RangeError("expected memory to compute in, got none; take fewer logits");
    const view = new DataView(this.exports.memory.buffer);  // memory may have grown
    return {
      row: row ? read(view, out, logits.length, format) : null,
      number: number ? read(view, each, rows, perRow) : null,
    };
  }
}

function align(bytes) {
  return Math.ceil(bytes / 64) * 64;
}
