import type { Distribution } from "@weir/stats";

/** How late the event loop's own timer was, in milliseconds. */
export interface EventLoopDelay {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What the generator cost this machine during the window. */
export interface GeneratorCpu {
  /** Processor time per second of wall clock: 1 is one core busy all the time. */
  readonly cores: number;
  /** Share of the time that the event loop was busy, from 0 to 1. */
  readonly eventLoopBusy: number;
}

/** One worker's readings. */
export interface WorkerHealth {
  readonly valid: boolean;
  readonly reasons: readonly string[];
  readonly eventLoopDelayMs: EventLoopDelay;
  readonly lagMs: Distribution;
  readonly cpu: GeneratorCpu;
}

/** Whether the load generator itself can be believed. */
export interface GeneratorHealth extends WorkerHealth {
  /** Each worker by itself; the figures beside it are of the worst of them. One entry where there is one worker. */
  readonly workers: readonly WorkerHealth[];
}

/** Above this share the event loop itself is the queue that answers wait in. */
const busiestEventLoop = 0.9;
/** What the generator's delay may reach of the response times: each percentile is held against its own. */
const medianBound = { harmlessMs: 1, share: 0.1 };
const tailBound = { harmlessMs: 5, share: 0.2 };

/**
 * Judges the generator by its own readings. Its delay is held against what was measured: 20 ms late is nothing beside
 * answers of a second, and everything beside answers of 5 ms.
 */
export function judgeGenerator(readings: {
  readonly eventLoopDelayMs: EventLoopDelay;
  readonly lagMs: Distribution;
  readonly cpu: GeneratorCpu;
  readonly responseMs: Distribution;
}): WorkerHealth {
  const { eventLoopDelayMs, lagMs, cpu, responseMs } = readings;
  const tailMs = responseMs.p99 ?? responseMs.max;
  const reasons = [
    judgeBusy(cpu.eventLoopBusy),
    judgeDelay("p50", eventLoopDelayMs.p50, responseMs.p50, medianBound),
    judgeDelay("p99", eventLoopDelayMs.p99, tailMs, tailBound),
  ].filter((reason) => reason !== undefined);
  return { valid: reasons.length === 0, reasons, eventLoopDelayMs, lagMs, cpu };
}

/**
 * The generator as a whole: as late as its latest worker, as busy as its busiest.
 * @param lagMs of all workers' requests together
 * @param further reasons that concern no worker by itself
 */
export function mergeHealth(
  workers: readonly WorkerHealth[],
  lagMs: Distribution,
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
    reasons,
    eventLoopDelayMs: {
      mean: most((health) => health.eventLoopDelayMs.mean),
      p50: most((health) => health.eventLoopDelayMs.p50),
      p99: most((health) => health.eventLoopDelayMs.p99),
      max: most((health) => health.eventLoopDelayMs.max),
    },
    lagMs,
    cpu: {
      // Threads of one process read the same clock of it.
      cores: most((health) => health.cpu.cores),
      eventLoopBusy: most((health) => health.cpu.eventLoopBusy),
    },
    workers,
  };
}

function judgeBusy(busy: number): string | undefined {
  return busy > busiestEventLoop
    ? `the generator's event loop was busy ${percent(busy)} of the time (at most ${percent(busiestEventLoop)}): it, not the server, set the pace`
    : undefined;
}

function judgeDelay(
  name: string,
  delayMs: number,
  measuredMs: number | null,
  bound: typeof medianBound,
): string | undefined {
  if (measuredMs === null) return undefined;
  const mostMs = Math.max(bound.harmlessMs, measuredMs * bound.share);
  return delayMs > mostMs
    ? `the generator's event loop was ${delayMs.toFixed(1)} ms late (${name}; at most ${mostMs.toFixed(1)} ms beside these latencies): the machine is too busy to measure this`
    : undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
