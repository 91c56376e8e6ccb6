import { WeirError } from "@weir/protocol";
import type { JobOutcome } from "./job.ts";

/** Leave to run: a slot of the backend, until it is released. */
export interface Permit {
  /** Of its class: 0 goes first. */
  readonly rank: number;
  /** Time the job waited, in milliseconds. */
  readonly queueMs: number;
  /** Time until the job's deadline, in milliseconds; Infinity where it has none. */
  leftMs(this: void): number;
  /**
   * Fires when the client goes away (CANCELLED), the deadline passes (DEADLINE_EXCEEDED) or draining takes too long
   * (NOT_READY); the reason is the WeirError to answer with. The slot is used until the work has really stopped.
   */
  readonly signal: AbortSignal;
  /** The cost was counted: say so as early as it is known. */
  correctCost(cost: number): void;
  /** A part is done and passed on; begins the next one's time where the deadline is per part. */
  notePart(): void;
  /** Takes up to `most` further slots for a job that can be split, as far as they are idle. Returns how many. */
  takeIdleSlots(most: number): number;
  /** Gives `count` of those back before the job is done. */
  giveSlots(count: number): void;
  /** Frees the slots. To be called once on every path; further calls do nothing. Returns the service time in milliseconds. */
  release(outcome: Exclude<JobOutcome, "abandoned">): number;
}

export function createCancelledError(name: string): WeirError {
  return new WeirError("CANCELLED", `the client went away before model ${name} was done with its request`);
}
