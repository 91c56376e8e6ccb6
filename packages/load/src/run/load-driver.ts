import type { Schedule } from "@weir/stats";

/** Times nearer to each other than this, in milliseconds, are the same: they differ by the rounding of sums only. */
export const roundingMs = 1e-6;

/** How much of what a schedule wanted was begun. */
export interface Attainment {
  /** Arrivals that came due, or slots that came up on the grids of paced users, in the window. */
  readonly slots: number;
  /** Requests that were begun for them. */
  readonly attained: number;
  /** attained / slots; null where there were no slots. */
  readonly share: number | null;
}

/** Turns a worker's share of a schedule into requests. Times are `performance.now()`. */
export interface LoadDriver {
  start(): void;
  /** Users who are there, or connections in use by arrivals. */
  readonly users: number;
  /** A user will send no more. */
  onUserDone(): void;
  /** The schedule has become longer: what is due before the new segment stays as it was. */
  extend(schedule: Schedule): void;
  /** Another worker has admitted the last request that was asked for. */
  onExhausted(): void;
  /** Counts what came due before `endMs`, whether or not it was begun. Called once, before {@link LoadDriver.stop}. */
  settle(endMs: number): void;
  /** Ends every user at once, and tells the host of what still waits to be sent. */
  stop(endMs: number): void;
  /** Between two moments; undefined where a schedule has no slots to attain. After {@link LoadDriver.settle}. */
  attainment(fromMs: number, toMs: number): Attainment | undefined;
}

/** What drives the load tells this to the run. */
export interface DriverHost {
  /** Counts a request that is due as offered, and says whether it may be sent. */
  admit(dueMs: number): boolean;
  /** What the schedule wanted at this time is being turned to now: the difference is the generator's own delay. */
  onActed(wantedMs: number): void;
  /** What was due at this time found no connection free, and has one now. */
  onConnectionWait(dueMs: number): void;
  /** Whether every request that was asked for has been admitted. */
  readonly exhausted: boolean;
  /** So many requests that were admitted still wait to be sent when the run ends, for so long. */
  leaveWaiting(ageMs: number, count: number): void;
  /** The schedule has ended, or no more requests are admitted, and every answer is in. */
  onScheduleDone(): void;
}

export function toAttainment(slots: number, attained: number): Attainment {
  return { slots, attained, share: slots === 0 ? null : attained / slots };
}
