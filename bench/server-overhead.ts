/**
 * What serving costs over calling the engine: the same texts in the same batches, once through `weir serve` (child
 * process, pipe, HTTP, JSON) and once in a loop on the engine in this process. Rounds alternate, so that a machine
 * whose speed drifts does not decide the result; the ratio of each round's pair is what counts.
 *
 *     npm run bench -- server-overhead [--model DIR] [--rounds 15]
 */
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createInProcessEmbedder } from "@weir/engine";
import * as engine from "@weir/engine-onnx";
import { startServer } from "@weir/server";
import { median } from "./lib/median.ts";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";

const { values: flags } = parseArgs({
  options: { model: { type: "string" }, rounds: { type: "string", default: "15" } },
});
const path = await resolveBenchModel(flags.model);
const rounds = Number(flags.rounds);
const threads = cpus().length;

const startedMs = performance.now();
await using server = await startServer({
  models: [
    { name: "model", engineModule: import.meta.resolve("@weir/engine-onnx"), spec: { path, threads } },
  ],
  port: 0,
  version: "bench",
});
await server.ready;
const readyMs = performance.now() - startedMs;
await using local = await createInProcessEmbedder(engine, { path, threads });

async function throughServer(texts: readonly string[], encoding: "float" | "base64"): Promise<void> {
  const response = await fetch(`${server.url}/v1/embeddings`, {
    method: "POST",
    body: JSON.stringify({ input: texts, encoding_format: encoding }),
  });
  const bytes = await response.arrayBuffer();
  if (response.status !== 200) throw new Error(Buffer.from(bytes).toString());
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  // Whatever the side before it still does (garbage, threads going to rest) is not this one's.
  await delay(20);
  const fromMs = performance.now();
  await work();
  return performance.now() - fromMs;
}

console.log(`model ${path}\nstart to ready ${readyMs.toFixed(0)} ms (built model, ${threads} threads)\n`);
console.log("texts x characters   engine ms   server ms   overhead (median of rounds)");
for (const [count, characters] of [
  [1, 200],
  [1, 1_000],
  [8, 1_000],
  [32, 1_000],
  [64, 200],
] as const) {
  const texts = makeTexts(count, characters);
  const run = { engine: [] as number[], float: [] as number[], base64: [] as number[] };
  for (let round = 0; round < rounds + 2; round++) {
    const engineMs = await timeMs(() => local.embed({ inputs: { kind: "texts", texts } }));
    const floatMs = await timeMs(() => throughServer(texts, "float"));
    const base64Ms = await timeMs(() => throughServer(texts, "base64"));
    // Two rounds warm both sides up.
    if (round < 2) continue;
    run.engine.push(engineMs);
    run.float.push(floatMs);
    run.base64.push(base64Ms);
  }
  for (const encoding of ["float", "base64"] as const) {
    const ratios = run[encoding].map((ms, index) => ms / run.engine[index]!);
    const overhead = ((median(ratios) - 1) * 100).toFixed(1);
    const row = [`${count} x ${characters}`.padEnd(21), median(run.engine).toFixed(1).padStart(9)];
    console.log(
      `${row.join("")}${median(run[encoding]).toFixed(1).padStart(12)}   ${overhead.padStart(7)} % (${encoding})`,
    );
  }
}
