import type { Stall } from "../mock-options.ts";

/**
 * When something due at `dueMs` leaves, both counted from the server's start: at the end of the stall that it falls
 * into. Stalls begin at every full period, the first one after one period.
 */
export function shiftPastStall(dueMs: number, stall: Stall | undefined): number {
  if (stall?.kind !== "periodic" || dueMs < stall.everyMs) return dueMs;
  const begunMs = Math.floor(dueMs / stall.everyMs) * stall.everyMs;
  return Math.max(dueMs, begunMs + stall.forMs);
}
