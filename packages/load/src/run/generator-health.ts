import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import type { EventLoopDelay, GeneratorCpu, GeneratorReading, MeasuredTimes } from "./generator-reading.ts";

/** One worker's readings. */
export interface WorkerHealth {
  /** False where the generator was too slow for its figures to be believed. */
  readonly valid: boolean;
  /** Whether it was watched for long enough to be judged: {@link leastWatchMs}. What was not judged is not invalid. */
  readonly judged: boolean;
  readonly reasons: readonly string[];
  readonly eventLoopDelayMs: EventLoopDelay;
  /** sent - due: the generator's own delay, and waiting for a connection or connecting. */
  readonly lagMs: Distribution;
  /** The generator's own part of it; without values where nothing is due at a time. */
  readonly ownLagMs: Distribution;
  readonly cpu: GeneratorCpu;
}

/** Whether the load generator itself can be believed. */
export interface GeneratorHealth extends WorkerHealth {
  /** Each worker by itself; the figures beside it are of the worst of them. One entry where there is one worker. */
  readonly workers: readonly WorkerHealth[];
}

/** Connecting and compiling take the first of it; what lasts less says more about them than about the generator. */
const leastWatchMs = 1000;
/** From here on there are enough looks at the event loop for its tail, so that one stall at the start does not decide. */
const tailWatchMs = { p95: 2000, p99: 5000 } as const;

/** Above this share the event loop itself is the queue that answers wait in. */
const busiestEventLoop = 0.9;
/** What the generator's delay may reach of what was measured: each percentile is held against its own. */
const medianBound: Bound = { harmlessMs: 2, share: 0.1 };
const tailBound: Bound = { harmlessMs: 5, share: 0.2 };
/** A schedule that is kept no better than this is not the schedule that was asked for, whatever was measured. */
const latestTailMs = 50;

interface Bound {
  readonly harmlessMs: number;
  readonly share: number;
}

type Percentile = "p50" | "p95" | "p99";

/**
 * Judges the generator by its own readings. Its delays are held against the smallest thing that was measured: 20 ms late
 * is nothing beside answers of a second, and everything beside chunks that come every 20 ms. The measured times hold the
 * generator's delay too, so what counts is what would be left of them without it.
 */
export function judgeGenerator(
  reading: GeneratorReading,
  lagMs: Distribution,
  measured: MeasuredTimes,
): WorkerHealth {
  const loop = Histogram.decode(reading.loopDelayMs);
  const delay = toDistribution(loop);
  const ownLag = toDistribution(Histogram.decode(reading.ownLagMs));
  const judged = reading.watchedMs >= leastWatchMs;
  const tail = tailOf(reading.watchedMs);
  const percentiles: readonly Percentile[] = tail === undefined ? ["p50"] : ["p50", tail];
  const reasons = judged
    ? [
        judgeBusy(reading.cpu.eventLoopBusy),
        ...percentiles.map((name) => judgeDelay("its event loop was", name, delay, measured)),
        ...percentiles.map((name) => judgeDelay("it turned to what was due", name, ownLag, measured)),
        tail === undefined ? undefined : judgeSchedule(tail, ownLag),
      ]
    : [];
  const said = reasons.filter((reason) => reason !== undefined);
  return {
    valid: said.length === 0,
    judged,
    reasons: said,
    eventLoopDelayMs: toDelay(loop),
    lagMs,
    ownLagMs: ownLag,
    cpu: reading.cpu,
  };
}

/**
 * The generator as a whole: as late as its latest worker, as busy as its busiest.
 * @param lagMs and `ownLagMs`: of all workers' requests together
 * @param further reasons that concern no worker by itself
 */
export function mergeHealth(
  workers: readonly WorkerHealth[],
  lagMs: Distribution,
  ownLagMs: Distribution,
  further: readonly string[] = [],
): GeneratorHealth {
  const name = (reason: string, worker: number): string =>
    workers.length === 1 ? reason : `worker ${worker}: ${reason}`;
  const reasons = [
    ...workers.flatMap((health, worker) => health.reasons.map((reason) => name(reason, worker))),
    ...further,
  ];
  const most = (of: (health: WorkerHealth) => number): number => Math.max(...workers.map(of));
  return {
    valid: reasons.length === 0,
    judged: workers.some((health) => health.judged),
    reasons,
    eventLoopDelayMs: {
      mean: most((health) => health.eventLoopDelayMs.mean),
      p50: most((health) => health.eventLoopDelayMs.p50),
      p99: most((health) => health.eventLoopDelayMs.p99),
      max: most((health) => health.eventLoopDelayMs.max),
    },
    lagMs,
    ownLagMs,
    cpu: {
      // Threads of one process read the same clock of it.
      cores: most((health) => health.cpu.cores),
      eventLoopBusy: most((health) => health.cpu.eventLoopBusy),
    },
    workers,
  };
}

function tailOf(watchedMs: number): "p95" | "p99" | undefined {
  if (watchedMs >= tailWatchMs.p99) return "p99";
  return watchedMs >= tailWatchMs.p95 ? "p95" : undefined;
}

function judgeBusy(busy: number): string | undefined {
  return busy > busiestEventLoop
    ? `the generator's event loop was busy ${percent(busy)} of the time (at most ${percent(busiestEventLoop)}): it, not the server, set the pace. Let more share the load (--workers), or send less (fewer --users, or a --rate below what was reached).`
    : undefined;
}

function judgeDelay(
  what: string,
  name: Percentile,
  delay: Distribution,
  measured: MeasuredTimes,
): string | undefined {
  const delayMs = delay[name];
  const smallest = smallestOf(measured, name);
  if (delayMs === null || smallest === undefined) return undefined;
  const { harmlessMs, share } = name === "p50" ? medianBound : tailBound;
  const mostMs = Math.max(harmlessMs, Math.max(0, smallest.ms - delayMs) * share);
  return delayMs > mostMs
    ? `the generator was late: ${what} ${delayMs.toFixed(1)} ms late (${name}; at most ${mostMs.toFixed(1)} ms beside a ${smallest.name} of ${smallest.ms.toFixed(1)} ms): this machine is too busy to measure this`
    : undefined;
}

function judgeSchedule(name: Percentile, ownLag: Distribution): string | undefined {
  const lagMs = ownLag[name];
  return lagMs !== null && lagMs > latestTailMs
    ? `the generator did not keep its schedule: it turned to what was due ${lagMs.toFixed(1)} ms late (${name}; at most ${latestTailMs} ms). Let more share the load (--workers), or ask for less.`
    : undefined;
}

function smallestOf(
  measured: MeasuredTimes,
  name: Percentile,
): { readonly name: string; readonly ms: number } | undefined {
  const given = [
    { name: "service time", ms: valueOf(measured.service, name) },
    { name: "time to first token", ms: valueOf(measured.ttft, name) },
    { name: "chunk gap", ms: valueOf(measured.chunkGap, name) },
    { name: "time per token", ms: valueOf(measured.tpot, name) },
  ];
  let smallest: { readonly name: string; readonly ms: number } | undefined;
  for (const { name: of, ms } of given)
    if (ms !== null && ms < (smallest?.ms ?? Infinity)) smallest = { name: of, ms };
  return smallest;
}

// Where there are too few for the percentile, the longest is shown in its place and is what a delay would spoil.
function valueOf(of: Distribution | null, name: Percentile): number | null {
  return of === null ? null : (of[name] ?? of.max);
}

function toDelay(loop: Histogram): EventLoopDelay {
  if (loop.n === 0) return { mean: 0, p50: 0, p99: 0, max: 0 };
  return { mean: loop.mean, p50: loop.quantile(0.5), p99: loop.quantile(0.99), max: loop.max };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
