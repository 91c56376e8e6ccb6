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
/** Delays under this do not matter to anything that is measured over a network. */
const harmlessDelayMs = 5;
/** Share of the median response time that the generator's own delay may reach. */
const largestDelayShare = 0.1;

/**
 * Judges the generator by its own readings. Its delay is held against what was measured: 20 ms late is nothing beside
 * answers of a second, and everything beside answers of 5 ms.
 */
export function judgeGenerator(readings: {
  readonly eventLoopDelayMs: EventLoopDelay;
  readonly lagMs: Distribution;
  readonly cpu: GeneratorCpu;
  /** Median of the response times; null when there were none. */
  readonly responseP50Ms: number | null;
}): GeneratorHealth {
  const { eventLoopDelayMs, lagMs, cpu, responseP50Ms } = readings;
  const reasons: string[] = [];
  if (cpu.eventLoopBusy > busiestEventLoop)
    reasons.push(
      `the generator's event loop was busy ${percent(cpu.eventLoopBusy)} of the time (at most ${percent(busiestEventLoop)}): it, not the server, set the pace`,
    );
  const largestDelayMs = Math.max(harmlessDelayMs, (responseP50Ms ?? Infinity) * largestDelayShare);
  if (eventLoopDelayMs.p99 > largestDelayMs)
    reasons.push(
      `the generator's event loop was up to ${eventLoopDelayMs.p99.toFixed(1)} ms late (p99; at most ${largestDelayMs.toFixed(1)} ms beside these latencies): the machine is too busy to measure this`,
    );
  return { valid: reasons.length === 0, reasons, eventLoopDelayMs, lagMs, cpu };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
