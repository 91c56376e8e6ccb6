import type { PongMeta } from "../link/link-messages.ts";

/** Weight of the newest batch in the moving mean of the time a token takes. */
const newestWeight = 0.1;

/**
 * Knows how long the engine has been at the batch it computes, and how long that should take. Batches are computed in the
 * order they were added; times are milliseconds on the caller's clock.
 */
export interface ComputeClock {
  add(paddedTokens: number, nowMs: number): void;
  /** The oldest batch is done; `computeMs` is undefined where it failed, which says nothing of the engine's speed. */
  finish(nowMs: number, computeMs?: number): void;
  read(nowMs: number): Pick<PongMeta, "busyMs" | "expectedMs">;
}

export function createComputeClock(): ComputeClock {
  const batches: number[] = [];
  let startedMs = 0;
  let msPerToken: number | undefined;

  return {
    add(paddedTokens, nowMs) {
      if (batches.length === 0) startedMs = nowMs;
      batches.push(Math.max(1, paddedTokens));
    },
    finish(nowMs, computeMs) {
      const tokens = batches.shift()!;
      startedMs = nowMs;
      if (computeMs === undefined) return;
      const newest = computeMs / tokens;
      msPerToken = msPerToken === undefined ? newest : msPerToken + newestWeight * (newest - msPerToken);
    },
    read(nowMs) {
      const [tokens] = batches;
      if (tokens === undefined) return { busyMs: 0, expectedMs: undefined };
      return {
        busyMs: nowMs - startedMs,
        expectedMs: msPerToken === undefined ? undefined : msPerToken * tokens,
      };
    },
  };
}
