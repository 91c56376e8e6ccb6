import type { PongMeta } from "../link/link-messages.ts";

export interface HealthLimits {
  /** How often a replica is asked whether it lives. Above 0. @default 1000 */
  readonly heartbeatMs: number;
  /**
   * How long its link thread may leave the question open. It never computes, but turns long texts into tokens: raise it
   * where a request may hold tens of megabytes of text on a slow machine. @default 15000
   */
  readonly silenceMs: number;
  /** How long one batch may take at least before its engine counts as hung. @default 60000 */
  readonly leastBusyMs: number;
  /** How many times as long as the engine took for its batches until now a batch may take. @default 20 */
  readonly busyFactor: number;
}

export const defaultHealthLimits: HealthLimits = {
  heartbeatMs: 1_000,
  silenceMs: 15_000,
  leastBusyMs: 60_000,
  busyFactor: 20,
};

/** What is known of a replica at one moment. */
export interface HealthReading {
  /** Time since it was asked the question that is still open; undefined where none is. */
  readonly unansweredMs: number | undefined;
  readonly pong: Pick<PongMeta, "busyMs" | "expectedMs"> | undefined;
}

/**
 * Why a replica must be ended, undefined while it is well. An engine that is busy is not dead: the limit for its batch
 * grows with what the batch should cost.
 */
export function judgeHealth({ unansweredMs, pong }: HealthReading, limits: HealthLimits): string | undefined {
  if (unansweredMs !== undefined && unansweredMs > limits.silenceMs) {
    return `it has not answered its heartbeat for ${Math.round(unansweredMs)} ms`;
  }
  if (pong === undefined) return undefined;
  const mostMs = Math.max(limits.leastBusyMs, limits.busyFactor * (pong.expectedMs ?? 0));
  if (pong.busyMs <= mostMs) return undefined;
  return `its engine has been at one batch for ${Math.round(pong.busyMs)} ms, the limit for it is ${Math.round(mostMs)} ms`;
}
