import type { EmbeddingRequest } from "@weir/protocol";
import { toPlainRequest } from "./plain-request.ts";
import type { LayoutPoint, MeasuredPoint } from "./pool-layout.ts";
import { startReplica, type EmbeddingReplica } from "./embedding-replica.ts";
import type { ReplicaOptions } from "./replica-kind.ts";

export interface MeasureOptions {
  /** Jobs that each replica holds at once, as it will when it serves. */
  readonly jobsPerReplica: number;
  /** Most rounds that each of two takes. Whole number >= 2. @default 5 */
  readonly rounds?: number;
  /** How long a round should take, in milliseconds. @default 200 */
  readonly roundMs?: number;
  /** No round is begun after so long, except the first two, in milliseconds. @default 2500 */
  readonly budgetMs?: number;
  /** How much faster more replicas have to be, as they need more memory: 1.03 is 3 %. @default 1.03 */
  readonly leastGain?: number;
}

const defaultLeastGain = 1.03;
/** How far every round has to be on one side of `leastGain` for no more of them to be needed: 1.1 is 10 %. */
const clearMargin = 1.1;

const words =
  "the weir holds the river above the mill and measures what goes over it in summer and in spring".split(" ");

/** A mix of lengths as requests have them, cheap enough that a round holds several jobs. */
function createJob(index: number): EmbeddingRequest {
  const texts = [8, 60, 16, 30].map((count, row) =>
    Array.from({ length: count }, (_, at) => words[(at * 7 + row + index) % words.length]).join(" "),
  );
  return toPlainRequest(texts);
}

/**
 * Finds the fastest of several layouts, which are sorted by what they cost. The best so far meets the next one in rounds
 * that alternate, so that a machine whose speed drifts decides nothing, and stays unless that one is clearly faster: at
 * most two layouts are in memory. Two rounds that agree by a wide margin are enough. Stops at the first that is no better, cannot be started, or would not leave half of the
 * free memory. Rejects where the first cannot be started.
 */
export async function measureLayouts(
  layouts: readonly LayoutPoint[],
  replica: ReplicaOptions,
  options: MeasureOptions,
  signal: AbortSignal,
): Promise<{ readonly best: LayoutPoint; readonly measured: readonly MeasuredPoint[] }> {
  const { leastGain = defaultLeastGain } = options;
  const measured: MeasuredPoint[] = [];
  let best = await openLayout(layouts[0]!, replica, signal);
  try {
    for (const point of layouts.slice(1)) {
      const needBytes = point.replicas * best.replicas[0]!.idleRssBytes;
      if (needBytes > process.availableMemory() / 2) break;
      const next = await openLayout(point, replica, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (next === undefined) break;
      try {
        const [bestRate, nextRate] = await compare(best, next, options, signal);
        if (measured.length === 0) measured.push({ ...best.point, jobsPerSecond: bestRate });
        measured.push({ ...point, jobsPerSecond: nextRate });
        if (nextRate < bestRate * leastGain) {
          await closeLayout(next);
          break;
        }
      } catch (error) {
        await closeLayout(next);
        throw error;
      }
      await closeLayout(best);
      best = next;
    }
    return { best: best.point, measured };
  } finally {
    await closeLayout(best);
  }
}

interface OpenLayout {
  readonly point: LayoutPoint;
  readonly replicas: readonly EmbeddingReplica[];
}

async function openLayout(
  point: LayoutPoint,
  options: ReplicaOptions,
  signal: AbortSignal,
): Promise<OpenLayout> {
  const spec = { ...options.spec, threads: point.threads };
  const starts = Array.from({ length: point.replicas }, () => startReplica({ ...options, spec }, signal));
  const outcomes = await Promise.allSettled(starts);
  const replicas = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed === undefined) return { point, replicas };
  await closeLayout({ point, replicas });
  throw failed.reason;
}

async function closeLayout({ replicas }: OpenLayout): Promise<void> {
  await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
}

/** Jobs per second of each, as the median over the rounds. */
async function compare(
  a: OpenLayout,
  b: OpenLayout,
  {
    jobsPerReplica,
    rounds = 5,
    roundMs = 200,
    budgetMs = 2_500,
    leastGain = defaultLeastGain,
  }: MeasureOptions,
  signal: AbortSignal,
): Promise<[a: number, b: number]> {
  const startedMs = performance.now();
  const warm = [await runJobs(a, 2, jobsPerReplica, signal), await runJobs(b, 2, jobsPerReplica, signal)];
  // As many jobs for both, and such that every replica of either has an even share of them.
  const fair = Math.max(2, a.replicas.length, b.replicas.length);
  const jobs = fair * Math.max(1, Math.min(16, Math.round((Math.max(...warm) * roundMs) / 1_000 / fair)));
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    if (round >= 2 && (isClear(...rates, leastGain) || performance.now() - startedMs > budgetMs)) break;
    // a b, b a: what comes second must not always be the same.
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      rates[which].push(await runJobs(which === 0 ? a : b, jobs, jobsPerReplica, signal));
    }
  }
  return [median(rates[0]), median(rates[1])];
}

/** Whether each round says that `b` gains enough, or each that it does not, by so much that chance cannot turn it. */
export function isClear(a: readonly number[], b: readonly number[], leastGain: number): boolean {
  const gains = b.map((rate, round) => rate / a[round]! / leastGain);
  return gains.every((gain) => gain > clearMargin) || gains.every((gain) => gain < 1 / clearMargin);
}

/** Runs so many jobs, each replica holding as many at once as it does when it serves. Returns jobs per second. */
async function runJobs(
  { replicas }: OpenLayout,
  jobs: number,
  jobsPerReplica: number,
  signal: AbortSignal,
): Promise<number> {
  let next = 0;
  const work = async (replica: EmbeddingReplica): Promise<void> => {
    while (next < jobs) await replica.embed(createJob(next++), signal);
  };
  const startedMs = performance.now();
  await Promise.all(
    replicas.flatMap((replica) => Array.from({ length: jobsPerReplica }, () => work(replica))),
  );
  return jobs / ((performance.now() - startedMs) / 1_000);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
