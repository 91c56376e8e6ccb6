/**
 * `kill -9` of replicas every two seconds under load, over HTTP. Every request must end: with the right vectors, or with an
 * answer that says why not and when to come again. After the last kill the server must serve again within ten seconds, an
 * opened circuit included, and "ready" must have been true whenever it was said.
 *
 *     npm run bench -- chaos [--model DIR] [--seconds 60] [--every 2] [--users 8] [--kill one|all]
 */
import { setTimeout as delay } from "node:timers/promises";
import { createInProcessEmbedder } from "@weir/engine";
import * as engine from "@weir/engine-onnx";
import { describeReplicaEvent } from "@weir/server";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { serveTwoReplicas } from "./lib/two-replicas.ts";
import { modelFolder, oneOf, positive, readFlags, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  model: modelFolder,
  seconds: positive(60),
  every: positive(2),
  users: whole(8),
  kill: oneOf(["one", "all"], "one"),
});
const path = await resolveBenchModel(flags.model);
const runMs = flags.seconds * 1_000;
const everyMs = flags.every * 1_000;
/** Longer than any deadline of the server: what takes so long hangs. */
const hungMs = 45_000;
/** Statuses that tell a client what became of its request, and that it may come again. */
const truthful = new Set([503, 504]);

const texts = makeTexts(40, 120);
const expected = await computeExpected();
const events = new Map<string, number>();
await using server = await serveTwoReplicas(path, (_, event) => {
  events.set(event.kind, (events.get(event.kind) ?? 0) + 1);
  const line = describeReplicaEvent(event);
  if (event.kind === "circuit-open") console.log(`  ${line}`);
});
const { model } = server;

const outcomes = new Map<string, number>();
let wrong = 0;
let hung = 0;
let over = false;
let lastServedMs = 0;
let readySaid = 0;
let readyFalse = 0;

await Promise.all([
  ...Array.from({ length: flags.users }, (_, id) => use(id)),
  watchReadiness(),
  killAndWait(),
]);
report();

async function computeExpected(): Promise<Float32Array[]> {
  await using local = await createInProcessEmbedder(engine, { path, threads: 1 });
  const { vectors } = await local.embed({ inputs: { kind: "texts", texts } });
  const { dimensions, values } = vectors;
  return texts.map((_, row) => values.slice(row * dimensions, (row + 1) * dimensions));
}

async function use(id: number): Promise<void> {
  for (let turn = id; !over; turn += 7) {
    const rows = Array.from({ length: 1 + (turn % 5) }, (_, index) => (turn + index) % texts.length);
    const outcome = await send(rows);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome !== "200") await delay(20);
  }
}

async function send(rows: readonly number[]): Promise<string> {
  try {
    const response = await fetch(`${server.url}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input: rows.map((row) => texts[row]) }),
      signal: AbortSignal.timeout(hungMs),
    });
    const body = (await response.json()) as { data?: { embedding: number[] }[] };
    if (response.status !== 200) {
      if (response.status === 503 && response.headers.get("retry-after") === null)
        return "503 without Retry-After";
      return String(response.status);
    }
    const isRight = rows.every((row, index) => isSame(body.data![index]!.embedding, expected[row]!));
    if (!isRight || body.data!.length !== rows.length) wrong++;
    lastServedMs = performance.now();
    return "200";
  } catch (error) {
    if ((error as Error).name === "TimeoutError") hung++;
    return (error as Error).name;
  }
}

/** Vectors have length 1; a batch's other rows change the last digits. */
function isSame(given: readonly number[], right: Float32Array): boolean {
  return right.reduce((sum, value, index) => sum + value * given[index]!, 0) > 0.9999;
}

function isUp(): boolean {
  return model.state.kind === "ready";
}

/** Whenever the server says it is ready, a replica must be there to take a job at that moment. */
async function watchReadiness(): Promise<void> {
  while (!over) {
    const { status } = await fetch(`${server.url}/health/ready`);
    if (status === 200) {
      readySaid++;
      // It may have died on the way of the answer: then it is known a moment later, and has not been hidden.
      if (!isUp()) {
        await delay(20);
        const again = await fetch(`${server.url}/health/ready`);
        if (again.status === 200 && !isUp()) readyFalse++;
      }
    }
    await delay(50);
  }
}

async function killAndWait(): Promise<void> {
  const startedMs = performance.now();
  let kills = 0;
  let killedMs = startedMs;
  while (performance.now() - startedMs < runMs) {
    await delay(everyMs);
    const pids = model.replicas.flatMap(({ pid }) => pid ?? []);
    const victims = flags.kill === "all" ? pids : pids.slice(kills % 2, (kills % 2) + 1);
    for (const pid of victims.length === 0 ? pids : victims) {
      process.kill(pid, "SIGKILL");
      kills++;
      killedMs = performance.now();
    }
  }
  while (lastServedMs < killedMs + 50 && performance.now() - killedMs < 30_000) await delay(10);
  const againMs = lastServedMs - killedMs;
  console.log(
    `${kills} kills in ${flags.seconds} s; served again ${(againMs / 1_000).toFixed(1)} s after the last`,
  );
  if (!(againMs > 0 && againMs <= 10_000)) {
    console.log("wanted within 10 s: MISSED");
    process.exitCode = 1;
  }
  await delay(2_000);
  over = true;
}

function report(): void {
  console.log(`answers: ${[...outcomes].map(([name, count]) => `${name}: ${count}`).join(", ")}`);
  console.log(`events: ${[...events].map(([name, count]) => `${name} ${count}`).join(", ")}`);
  console.log(`ready said ${readySaid} times, falsely ${readyFalse}`);
  const untold = [...outcomes.keys()].filter((name) => name !== "200" && !truthful.has(Number(name)));
  const good = wrong === 0 && hung === 0 && readyFalse === 0 && untold.length === 0;
  console.log(
    `wrong vectors ${wrong}, hung ${hung}, not told what became of it: ${untold.join(", ") || "none"}`,
  );
  console.log(good ? "ok" : "MISSED");
  if (!good) process.exitCode = 1;
}
