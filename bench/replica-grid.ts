/**
 * How a model should lie on this machine's cores: every number of replicas with every number of threads, and beside it what
 * `replicas: "auto"` chooses. Rounds alternate over all points, so that a machine whose speed drifts does not decide the
 * result; what counts is the choice's rate over the best point's, as the median over the rounds.
 *
 *     npm run bench -- replica-grid [--model DIR] [--rounds 7] [--round-seconds 2] [--most 2]
 *
 * `--most` is the largest number of replicas and of threads (default: the cores). All points are in memory at once.
 */
import { cpus } from "node:os";
import { startReplicaPool, type ReplicaPool } from "@weir/server";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { median } from "./lib/median.ts";
import { modelFolder, positive, readFlags, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  model: modelFolder,
  rounds: whole(7),
  "round-seconds": positive(2),
  most: whole(cpus().length),
});
const path = await resolveBenchModel(flags.model);
const roundMs = flags["round-seconds"] * 1_000;
const most = flags.most;
const jobsPerReplica = 2;
const { signal } = new AbortController();
const engineModule = import.meta.resolve("@weir/engine-onnx");
using folder = createTemporaryFolder("replica-grid");
const spillDirectory = folder.path;

// Requests as they come: mostly short texts, some long ones, one to sixteen at a time.
const requests = [1, 16, 4, 1, 8, 2].map((count, index) =>
  makeTexts(count, [200, 60, 600, 1_000, 120, 400][index]!),
);

function start(replicas: number | "auto", threads: number | undefined): Promise<ReplicaPool> {
  return startReplicaPool(
    {
      name: "model",
      engineModule,
      spec: { path, ...(threads === undefined ? {} : { threads }) },
      replicas,
      startTimeoutMs: 120_000,
      spillDirectory,
    },
    signal,
  );
}

/** Texts per second of a closed loop that keeps every slot busy. */
async function measure(pool: ReplicaPool, forMs: number): Promise<number> {
  const startedMs = performance.now();
  let texts = 0;
  let next = 0;
  const user = async (): Promise<void> => {
    while (performance.now() - startedMs < forMs) {
      const list = requests[next++ % requests.length]!;
      await pool.embed(
        {
          model: undefined,
          inputs: { kind: "texts", texts: list },
          normalize: true,
          pooling: undefined,
          dimensions: undefined,
          truncate: true,
        },
        signal,
      );
      texts += list.length;
    }
  };
  await Promise.all(Array.from({ length: pool.slots }, user));
  return texts / ((performance.now() - startedMs) / 1_000);
}

const startedMs = performance.now();
const auto = await start("auto", undefined);
const chooseMs = performance.now() - startedMs;
const chosen = auto.layout;
await auto[Symbol.asyncDispose]();
console.log(`model ${path}, ${cpus().length} cores, ${jobsPerReplica} jobs a replica`);
console.log(
  `auto: ${chosen.replicas} x ${chosen.threads}, ${(chooseMs / 1_000).toFixed(1)} s from start to ready`,
);
for (const point of chosen.measured) {
  console.log(`  ${point.replicas} x ${point.threads}: ${point.jobsPerSecond.toFixed(1)} jobs/s`);
}

const counts = Array.from({ length: most }, (_, index) => index + 1);
const points = counts.flatMap((replicas) => counts.map((threads) => ({ replicas, threads })));
const pools = await Promise.all(points.map(({ replicas, threads }) => start(replicas, threads)));
const rates: number[][] = points.map(() => []);
for (let round = -1; round < flags.rounds; round++) {
  const order = points.map((_, index) => index);
  for (const index of round % 2 === 0 ? order : order.toReversed()) {
    const rate = await measure(pools[index]!, roundMs);
    // The first round only warms up.
    if (round >= 0) rates[index]!.push(rate);
  }
}
await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));

console.log("\nreplicas x threads   texts/s (median)");
points.forEach(({ replicas, threads }, index) => {
  console.log(`${`${replicas} x ${threads}`.padEnd(21)}${median(rates[index]!).toFixed(1).padStart(8)}`);
});
const medians = rates.map(median);
const best = medians.indexOf(Math.max(...medians));
const choice = points.findIndex(
  ({ replicas, threads }) => replicas === chosen.replicas && threads === chosen.threads,
);
const ratio = median(rates[choice]!.map((rate, round) => rate / rates[best]![round]!));
const good = ratio >= 0.95;
console.log(
  `\nthe choice has ${(100 * ratio).toFixed(1)} % of the best point (${points[best]!.replicas} x ${points[best]!.threads}), ` +
    `wanted at least 95 %: ${good ? "ok" : "MISSED"}`,
);
process.exitCode = good ? 0 : 1;
