/** A caller's timer may be this much ahead of ours. */
export const earlyMs = 2;
/** And its way this long: whoever cannot be told from a newcomer is taken for one outside of it. */
const windowMs = 15;

/** Whether somebody who does as he was told comes now, whichever of the two headers he reads. */
export function isExpected(promisedMs: number, toldAtMs: number, nowMs: number): boolean {
  const inSecondsMs = toldAtMs + Math.ceil((promisedMs - toldAtMs) / 1_000) * 1_000;
  return [promisedMs, inSecondsMs].some((dueMs) => nowMs >= dueMs - earlyMs && nowMs <= dueMs + windowMs);
}

/**
 * Wide enough that newcomers seldom meet a tooth, narrow enough that a tooth has no more places than half of the
 * queue: what waits must last until the next one.
 */
export function combMs(places: number, placesPerSecond: number): number {
  return Math.min(1_000, Math.max(20, (places / 2 / placesPerSecond) * 1_000));
}
