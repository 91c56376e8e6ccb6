/**
 * Milliseconds to turn 64 vectors of 768 values into an answer's bytes, and back: ours beside JSON.stringify.
 *
 *     npm run bench -- encode-vectors
 */
import process from "node:process";
import { openaiDialect, type EmbeddingResult } from "@weir/protocol";
import { readFlags } from "./lib/read-flags.ts";

readFlags({});

const count = 64;
const dimensions = 768;
const rounds = 300;

const result = createResult();
const rows = Array.from({ length: count }, (_, row) =>
  Array.from(result.vectors.values.subarray(row * dimensions, (row + 1) * dimensions)),
);
const floatBody = openaiDialect.encodeResponse(result, "float");
const base64Body = openaiDialect.encodeResponse(result, "base64");

const cases: Readonly<Record<string, () => unknown>> = {
  "write: JSON.stringify of number arrays": () => Buffer.from(JSON.stringify({ data: rows })),
  "write: float": () => openaiDialect.encodeResponse(result, "float"),
  "write: base64": () => openaiDialect.encodeResponse(result, "base64"),
  "read: float": () => openaiDialect.parseResponse(floatBody),
  "read: base64": () => openaiDialect.parseResponse(base64Body),
};

// The cases take turns, so that a slow spell of the machine falls on all of them.
const timesMs = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, run] of Object.entries(cases)) {
    const startedAt = performance.now();
    run();
    timesMs.get(name)?.push(performance.now() - startedAt);
  }
}

process.stdout.write(
  `${count} x ${dimensions} float32, medians of ${rounds} rounds, Node ${process.version}\n`,
);
for (const [name, times] of timesMs) {
  times.sort((a, b) => a - b);
  process.stdout.write(`${name.padEnd(40)} ${(times[rounds >> 1] ?? 0).toFixed(3)} ms\n`);
}
process.stdout.write(`bytes: float ${floatBody.length}, base64 ${base64Body.length}\n`);

/** Normalised vectors, whose values spread like those of a real model. */
function createResult(): EmbeddingResult {
  const values = new Float32Array(count * dimensions);
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  for (let row = 0; row < count; row += 1) {
    const vector = values.subarray(row * dimensions, (row + 1) * dimensions);
    let squares = 0;
    for (let column = 0; column < dimensions; column += 1) {
      const value = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
      vector[column] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    vector.forEach((value, column) => (vector[column] = value / length));
  }
  return { model: "bench", vectors: { count, dimensions, values }, inputTokens: 64, truncated: 0 };
}
