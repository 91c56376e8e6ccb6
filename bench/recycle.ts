/**
 * A hundred recycles under load: no request may fail, and the memory of server and replicas must not grow. The slope is
 * fitted to samples after the first quarter (code and caches grow to their size until then) and shown with its 95 %
 * interval; over a long run its upper bound must stay at 1 MB a minute.
 *
 *     npm run bench -- recycle [--model DIR] [--recycles 100] [--jobs 60] [--users 6] [--minutes 0]
 *
 * `--jobs` is after how many jobs a replica is replaced; `--minutes` is how long to go on at least.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ReplicaEvent } from "@weir/server";
import { fitSlope } from "@weir/stats";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { residentBytes } from "./lib/cpu-time.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { serveTwoReplicas } from "./lib/two-replicas.ts";
import { modelFolder, positive, readFlags, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  model: modelFolder,
  recycles: whole(100),
  jobs: whole(60),
  users: whole(6),
  minutes: positive(0, "or zero"),
});
const path = await resolveBenchModel(flags.model);
const megabyte = 1_000_000;
const jobs = flags.jobs;
const wanted = flags.recycles;

let recycles = 0;
const onEvent = (_: string, event: ReplicaEvent): void => {
  if (event.kind === "recycled") recycles++;
  if (event.kind === "start-failed") console.log(event.error);
};
const recycle = { jobs, jobsJitter: Math.floor(jobs / 4) };
await using server = await serveTwoReplicas(path, onEvent, { recycle });
const { model } = server;

let served = 0;
let over = false;
const failures = new Map<string, number>();
const samples: { readonly minute: number; readonly server: number; readonly replicas: number }[] = [];
const startedMs = performance.now();
await Promise.all([...Array.from({ length: flags.users }, (_, id) => use(id)), sample()]);
report();

async function use(id: number): Promise<void> {
  for (let turn = 0; !over; turn++) {
    const body = JSON.stringify({ input: makeTexts(1 + ((turn + id) % 3), 100), encoding_format: "base64" });
    try {
      const response = await fetch(`${server.url}/v1/embeddings`, { method: "POST", body });
      await response.arrayBuffer();
      if (response.status === 200) served++;
      else failures.set(String(response.status), (failures.get(String(response.status)) ?? 0) + 1);
    } catch (error) {
      const { name } = error as Error;
      failures.set(name, (failures.get(name) ?? 0) + 1);
    }
  }
}

async function sample(): Promise<void> {
  const leastMs = flags.minutes * 60_000;
  while (recycles < wanted || performance.now() - startedMs < leastMs) {
    await delay(1_000);
    const pids = model.replicas.flatMap(({ pid }) => pid ?? []);
    samples.push({
      minute: (performance.now() - startedMs) / 60_000,
      server: residentBytes(process.pid) / megabyte,
      // Per replica: how many there are differs while one takes over from another.
      replicas: pids.reduce((sum, pid) => sum + residentBytes(pid), 0) / pids.length / megabyte,
    });
  }
  over = true;
}

function report(): void {
  const minutes = (performance.now() - startedMs) / 60_000;
  console.log(`${recycles} recycles and ${served} requests in ${minutes.toFixed(1)} min`);
  console.log(`failed: ${[...failures].map(([name, count]) => `${name}: ${count}`).join(", ") || "none"}`);
  const settled = samples.slice(samples.length >> 2).filter(({ replicas }) => Number.isFinite(replicas));
  if (settled.length < 3) console.log("too short for a slope");
  else
    for (const which of ["server", "replicas"] as const) {
      const { slope, halfWidth } = fitSlope(
        settled.map(({ minute }) => minute),
        settled.map((each) => each[which]),
      );
      const most = Math.max(...settled.map((each) => each[which]));
      console.log(
        `${which.padEnd(9)} at most ${most.toFixed(0)} MB, slope ${slope.toFixed(2)} +- ${halfWidth.toFixed(2)} MB a minute`,
      );
    }
  process.exitCode = failures.size === 0 ? 0 : 1;
}
