/**
 * The load of the preset ramp-605 (605 requests, 10 to 100 users over 30 s, timeout 120 s) as embeddings against our own
 * server with a reference model, twice: with the default queue, where everything has to be served, and with a short one,
 * where each refusal has to be one that the server counted as its queue being full.
 *
 *     npm run bench -- ramp-605-serve [--model FOLDER] [--batch 1] [--characters 200] [--queue 10] [--scale 1] [--seed 1]
 */
import { Agent } from "node:http";
import { runLoad, type LoadPlan, type LoadResult } from "@weir/load";
import { createSchedule } from "@weir/stats";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { readPart } from "./lib/part.ts";
import { serve, startServePart, type ServePlan } from "./lib/serve-part.ts";
import { timedCall } from "./lib/timed-call.ts";
import { modelFolder, positive, readFlags, whole } from "./lib/read-flags.ts";

const requests = 605;
const defaultQueue = 256;

const part = readPart();
if (part === undefined) await measure();
else await serve(part.input as ServePlan);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: modelFolder,
    batch: whole(1),
    characters: whole(200),
    queue: whole(10),
    scale: positive(1),
    seed: whole(1, 0),
  });
  const model = await resolveBenchModel(flags.model);
  const { batch, characters, queue } = flags;
  const run = async (jobs: number): Promise<Outcome> => {
    await using server = await startServePart(import.meta.url, { model, limits: { jobs } });
    const plan = toPlan(server.url, makeTexts(200, characters), batch, flags.scale, flags.seed);
    const result = await runLoad(plan);
    return describeOutcome(jobs, result, await readRejections(server.url));
  };
  console.log(
    `${requests} requests of ${batch} text(s) of ${characters} characters, 10 to 100 users over ${30 / flags.scale} s`,
  );
  const usual = await run(defaultQueue);
  const short = await run(queue);
  const good =
    usual.served === requests &&
    short.served + short.refused === requests &&
    short.explained === short.refused;
  console.log(good ? "as it should be" : "NOT as it should be");
  process.exitCode = good ? 0 : 1;
}

function toPlan(url: string, texts: readonly string[], batch: number, scale: number, seed: number): LoadPlan {
  return {
    url,
    workload: {
      kind: "embeddings",
      dialect: "openai",
      model: "model",
      texts,
      batch,
      encoding: "base64",
      cache: { kind: "warm" },
    },
    schedule: createSchedule({
      seed,
      segments: [
        { kind: "users", from: 10, to: 100, durationMs: 30_000 / scale },
        { kind: "users", from: 100, to: 100, durationMs: null },
      ],
    }),
    stop: { durationMs: undefined, requests, failures: 0 },
    warmupMs: 0,
    transport: { headers: { "x-request-timeout": "120s" }, connectTimeoutMs: 5000, timeoutMs: 120_000 },
  };
}

/** The server's own count of what it did not take, by reason. */
async function readRejections(url: string): Promise<ReadonlyMap<string, number>> {
  const agent = new Agent();
  const { text } = await timedCall(`${url}/metrics`, { agent });
  agent.destroy();
  const lines = text.matchAll(/^weir_rejections_total\{[^}]*reason="(\w+)"[^}]*\} (\d+)$/gm);
  return new Map([...lines].map(([, reason, count]) => [reason!, Number(count)]));
}

interface Outcome {
  readonly served: number;
  /** With 503, as the clients saw it. */
  readonly refused: number;
  /** Of these, those that the server says had no place in its queue. */
  readonly explained: number;
}

function describeOutcome(
  queue: number,
  { counts, latencyMs }: LoadResult,
  rejections: ReadonlyMap<string, number>,
): Outcome {
  const { byKind } = counts.failed;
  const served = counts.completed;
  const kinds = Object.entries(byKind).map(([kind, { count }]) => `${kind} ${count}`);
  const reasons = [...rejections].map(([reason, count]) => `${reason} ${count}`);
  const { p50, p99, max } = latencyMs.service;
  const ms = (value: number | null): string => (value === null ? "n too small" : `${value.toFixed(0)} ms`);
  console.log(`queue of ${queue}`);
  console.log(`  served           ${served} of ${requests}, p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`);
  console.log(`  clients saw      ${kinds.length === 0 ? "no failure" : kinds.join(", ")}`);
  console.log(`  the server said  ${reasons.length === 0 ? "no refusal" : reasons.join(", ")}`);
  return {
    served,
    refused: byKind["http-503"]?.count ?? 0,
    explained: rejections.get("queue_full") ?? 0,
  };
}
