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

/** Whether the load generator itself can be believed. */
export interface GeneratorHealth {
  readonly valid: boolean;
  /** Why not; empty when valid. */
  readonly reasons: readonly string[];
  readonly eventLoopDelayMs: EventLoopDelay;
  readonly lagMs: Distribution;
  readonly cpu: GeneratorCpu;
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
}): GeneratorHealth {
  const { eventLoopDelayMs, lagMs, cpu, responseMs } = readings;
  const tailMs = responseMs.p99 ?? responseMs.max;
  const reasons = [
    judgeBusy(cpu.eventLoopBusy),
    judgeDelay("p50", eventLoopDelayMs.p50, responseMs.p50, medianBound),
    judgeDelay("p99", eventLoopDelayMs.p99, tailMs, tailBound),
  ].filter((reason) => reason !== undefined);
  return { valid: reasons.length === 0, reasons, eventLoopDelayMs, lagMs, cpu };
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
