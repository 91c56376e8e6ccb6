import type { Arrival } from "./arrival.ts";
import type { AdmissionKey } from "./job.ts";

export interface ArrivingJob extends RefusedJob {
  readonly arrival: Arrival;
}

export interface RefusedJob {
  readonly key: AdmissionKey;
  readonly rank: number;
  readonly cost: number;
  readonly caller: string | undefined;
}

/** What would have to become free for a job if nobody else had been promised anything; below 0 what is to spare. */
export interface Missing {
  readonly places: number;
  /** Work before it, as the time that all slots need for it, in milliseconds. */
  readonly ms: number;
}

/** How fast places become free and work is done, by all slots together. */
export interface Pace {
  readonly placesPerSecond: number;
  readonly msPerCost: number;
}
