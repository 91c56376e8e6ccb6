/**
 * What serving costs over calling the engine: the same texts in the same batches, once through `weir serve` (child
 * process, pipe, HTTP, JSON) and once in a loop on the engine in this process. Rounds alternate, so that a machine
 * whose speed drifts does not decide the result; the ratio of each round's pair is what counts.
 *
 *     npm run bench -- server-overhead [--model DIR] [--rounds 15]
 */
import { Agent, request } from "node:http";
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { createInProcessEmbedder } from "@weir/engine";
import * as engine from "@weir/engine-onnx";
import { startServer } from "@weir/server";
import { median } from "./lib/median.ts";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { modelFolder, readFlags, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  model: modelFolder,
  rounds: whole(15),
});
const path = await resolveBenchModel(flags.model);
const rounds = flags.rounds;
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

// fetch would add half a millisecond of its own to a short request.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function throughServer(texts: readonly string[], encoding: "float" | "base64"): Promise<void> {
  const body = JSON.stringify({ input: texts, encoding_format: encoding });
  return new Promise((resolve, reject) => {
    const call = request(`${server.url}/v1/embeddings`, { method: "POST", agent }, (response) => {
      response.on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
      response.resume();
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** Milliseconds of one call, over a loop of them: long enough that the clock and a single hiccup do not matter. */
async function timeMs(calls: number, work: () => Promise<unknown>): Promise<number> {
  // Whatever the side before it still does (garbage, threads going to rest) is not this one's.
  await delay(20);
  const fromMs = performance.now();
  for (let call = 0; call < calls; call++) await work();
  return (performance.now() - fromMs) / calls;
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
  const calls = Math.max(1, Math.round(10_000 / (count * characters)));
  const run = { engine: [] as number[], float: [] as number[], base64: [] as number[] };
  for (let round = 0; round < rounds + 2; round++) {
    const engineMs = await timeMs(calls, () => local.embed({ inputs: { kind: "texts", texts } }));
    const floatMs = await timeMs(calls, () => throughServer(texts, "float"));
    const base64Ms = await timeMs(calls, () => throughServer(texts, "base64"));
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
agent.destroy();
