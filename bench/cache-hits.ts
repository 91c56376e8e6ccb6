/**
 * Texts a second that the server answers from its cache, through HTTP: 200 characters, requests of 64, base64, vectors of
 * 384 values. From memory; from the file alone; and in the first pass after a restart, when memory is empty and every text
 * comes from the file. Beside them what a bare node:http server reaches that reads the same bodies and answers bytes
 * of the same length without looking, and what each step costs in a loop of its own. Server and generator have a core each.
 *
 *     npm run bench -- cache-hits [--seconds 4] [--rounds 3] [--texts 16384] [--users 8]
 */
import { hash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { runLoad } from "@weir/load";
import { openaiDialect, type EmbeddingResult } from "@weir/protocol";
import { createSchedule } from "@weir/stats";
import type { CacheOptions } from "@weir/server";
import { makeTexts } from "./lib/make-texts.ts";
import { median } from "./lib/median.ts";
import { canPin, readPart, say, startPart, untilFinished } from "./lib/part.ts";
import { serve, startServePart, type ServedPart, type ServePlan } from "./lib/serve-part.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { positive, readFlags, whole } from "./lib/read-flags.ts";

const serverCore = 0;
const generatorCore = 1;
const batch = 64;
const characters = 200;
const dimensions = 384;
const wantedPerSecond = 15_000;

interface Task {
  readonly url: string;
  readonly users: number;
  readonly texts: number;
  /** Undefined: each text once. */
  readonly seconds: number | undefined;
}

interface Speed {
  readonly textsPerSecond: number;
  readonly p50Ms: number | null;
  /** Of the generator, as a share of its core. */
  readonly cpu: number;
}

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "serve") await serve(part.input as ServePlan);
else if (part.name === "bare") await serveBare();
else say(await generate(part.input as Task));

async function measure(): Promise<void> {
  const flags = readFlags({
    seconds: positive(4),
    rounds: whole(3),
    texts: whole(16_384),
    users: whole(8),
  });
  const { seconds, rounds, texts, users } = flags;
  const task = { users, texts, seconds };
  if (!canPin) console.log("no taskset: generator and server get in each other's way");
  printSteps();
  using folder = createTemporaryFolder("cache-hits");
  const directory = folder.path;
  const disk = { directory, maxBytes: 1e9 };
  const speeds = new Map<string, Speed[]>();
  const note = (name: string, speed: Speed): void => {
    speeds.set(name, [...(speeds.get(name) ?? []), speed]);
  };
  await fill({ ramBytes: 0, disk }, task);
  for (let round = 0; round < rounds; round++) {
    await using bare = startPart(import.meta.url, "bare", {}, { core: serverCore });
    const { url } = await bare.next<{ url: string }>();
    note("bare node:http", await runPart({ ...task, url }));
    {
      await using server = await startCached({ ramBytes: 256e6, disk });
      note("first after restart", await runPart({ ...task, url: server.url, seconds: undefined }));
      note("memory", await runPart({ ...task, url: server.url }));
    }
    await using server = await startCached({ ramBytes: 0, disk });
    note("file alone", await runPart({ ...task, url: server.url }));
  }
  print(speeds);
}

function print(speeds: ReadonlyMap<string, readonly Speed[]>): void {
  const rate = (name: string): number => median(speeds.get(name)!.map((speed) => speed.textsPerSecond));
  console.log("\nanswered from          texts/s   p50 of a request   generator's core   of bare node:http");
  for (const [name, values] of speeds) {
    const p50 = median(values.map(({ p50Ms }) => p50Ms ?? Number.NaN)).toFixed(2);
    const cpu = `${(100 * median(values.map((speed) => speed.cpu))).toFixed(0)} %`;
    const ratio = (rate(name) / rate("bare node:http")).toFixed(2);
    console.log(
      `${name.padEnd(20)}${rate(name).toFixed(0).padStart(10)}${p50.padStart(16)} ms${cpu.padStart(19)}${ratio.padStart(20)}`,
    );
  }
  for (const name of ["memory", "first after restart", "file alone"]) {
    const holds = rate(name) >= wantedPerSecond;
    if (!holds) process.exitCode = 1;
    const ratio = (rate(name) / wantedPerSecond).toFixed(2);
    console.log(
      `${holds ? "ok    " : "MISSED"} ${name}: ${ratio} x the ${wantedPerSecond} texts/s that are wanted`,
    );
  }
}

/** Has every text computed and written to the file. */
async function fill(cache: CacheOptions, task: Omit<Task, "url">): Promise<void> {
  await using server = await startCached(cache);
  await runPart({ ...task, url: server.url, users: 2, seconds: undefined });
  while ((await readDisk(server.url)).entries < task.texts) await delay(20);
}

async function startCached(cache: CacheOptions): Promise<ServedPart> {
  const plan: ServePlan = { model: { dimensions, maxTokens: 256 }, cache };
  const server = await startServePart(import.meta.url, plan, { core: serverCore });
  while ((await readDisk(server.url)).state === "opening") await delay(20);
  return server;
}

async function readDisk(url: string): Promise<{ state: string; entries: number }> {
  const health = (await (await fetch(`${url}/health`)).json()) as {
    cache: { disk: { state: string; entries: number } };
  };
  return health.cache.disk;
}

async function runPart(task: Task): Promise<Speed> {
  await using load = startPart(import.meta.url, "load", task, { core: generatorCore });
  return await load.next<Speed>();
}

async function generate({ url, users, texts, seconds }: Task): Promise<Speed> {
  const before = process.cpuUsage();
  const { counts, window, latencyMs } = await runLoad({
    url,
    workload: {
      kind: "embeddings",
      dialect: "openai",
      model: "model",
      texts: makeTexts(texts, characters),
      batch,
      encoding: "base64",
      cache: { kind: "warm" },
    },
    schedule: createSchedule({
      seed: 1,
      segments: [{ kind: "users", from: users, to: users, durationMs: null }],
    }),
    stop:
      seconds === undefined
        ? { durationMs: undefined, requests: texts / batch }
        : { durationMs: seconds * 1_000, requests: undefined },
    // A first pass has none: it is the first requests that count.
    warmupMs: seconds === undefined ? 0 : 1_000,
    transport: { headers: {}, connectTimeoutMs: 5_000, timeoutMs: 30_000 },
  });
  if (counts.failed.total > 0) throw new Error(JSON.stringify(counts.failed));
  const { user, system } = process.cpuUsage(before);
  const ms = window.endMs - window.startMs;
  return {
    textsPerSecond: (counts.completed * batch * 1_000) / ms,
    p50Ms: latencyMs.service.p50,
    cpu: (user + system) / 1_000 / window.endMs,
  };
}

/** Reads whole bodies and answers with bytes of the right length. */
async function serveBare(): Promise<void> {
  const answer = openaiDialect.encodeResponse(exampleResult(), "base64");
  const server = createServer((request, response) => {
    request.on("data", () => {});
    request.on("end", () => response.setHeader("content-type", "application/json").end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  say({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await untilFinished();
  server.close();
}

function exampleResult(): EmbeddingResult {
  const values = Float32Array.from({ length: batch * dimensions }, (_, index) => Math.sin(index));
  return { model: "model", vectors: { count: batch, dimensions, values }, inputTokens: 64, truncated: 0 };
}

/** What has to be done for each text whatever the design, alone in a loop. */
function printSteps(): void {
  const texts = makeTexts(batch, characters);
  const body = Buffer.from(JSON.stringify({ input: texts, encoding_format: "base64" }));
  const scope = hash("sha256", "scope", "base64url");
  const result = exampleResult();
  const { values } = result.vectors;
  const known = new Map(
    texts.map((text) => [hash("sha256", scope + text, "binary"), values.slice(0, dimensions)]),
  );
  const target = new Float32Array(values.length);
  const keys = [...known.keys()];
  const steps: readonly (readonly [string, () => unknown])[] = [
    ["parse the body", () => JSON.parse(body.toString("utf8"))],
    ["hash (SHA-256)", () => texts.map((text) => hash("sha256", scope + text, "binary"))],
    ["look up and copy", () => keys.forEach((key, row) => target.set(known.get(key)!, row * dimensions))],
    ["write base64", () => openaiDialect.encodeResponse(result, "base64")],
  ];
  const rounds = 2_000;
  let sum = 0;
  for (const [name, step] of steps) {
    for (let round = 0; round < rounds / 4; round++) step();
    const fromMs = performance.now();
    for (let round = 0; round < rounds; round++) step();
    const each = ((performance.now() - fromMs) * 1_000) / (rounds * batch);
    sum += each;
    console.log(`${name.padEnd(20)} ${each.toFixed(2)} us a text`);
  }
  console.log(
    `${"together".padEnd(20)} ${sum.toFixed(2)} us: at most ${(1e6 / sum).toFixed(0)} texts/s on one core`,
  );
}
