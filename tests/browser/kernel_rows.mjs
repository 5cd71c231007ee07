// Computes rows with the playground's kernels: `node kernel_rows.mjs KERNELS.wasm CALLS.json`, where a call names a function,
// a format, the number of classes, a file of doubles with the logits, and one to write the results to.
import { readFileSync, writeFileSync } from "node:fs";
import { start } from "../../playground/kernels.mjs";

const [kernelsFile, calls] = process.argv.slice(2);
const kernels = await start(readFileSync(kernelsFile));
for (const { name, format, classes, logits, codes, results } of JSON.parse(readFileSync(calls, "utf8"))) {
  const x = new Float64Array(new Uint8Array(readFileSync(logits)).buffer);
  const { row, number } = kernels.compute(name, format, x, classes, codes);
  writeFileSync(results, new Float64Array([...(row ?? [])].concat([...(number ?? [])])));
}
