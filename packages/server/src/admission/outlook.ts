import { toArrival, type Arrival } from "./arrival.ts";
import type { CoreState } from "./gather-stats.ts";
import { jobClasses, leastCost, type AdmissionJob, type JobDeadline } from "./job.ts";
import type { RefusedJob } from "./promise-terms.ts";
import { estimateWaitMs, resolveDeadlineMs } from "./wait-estimate.ts";

/** A job that was offered, with everything that is open in it settled. */
export interface Candidate extends RefusedJob {
  readonly arrival: Arrival;
  readonly deadline: JobDeadline;
}

export function toCandidate(job: AdmissionJob): Candidate {
  if (!(job.cost >= 0 && job.cost < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`the cost of a job must be a number of 0 or more, got ${job.cost}`);
  }
  return {
    key: job.key,
    rank: jobClasses.indexOf(job.class ?? "normal"),
    cost: Math.max(job.cost, leastCost),
    caller: job.caller,
    arrival: toArrival(job.isRetry ?? false, job.follows),
    deadline: job.deadline ?? { kind: "default" },
  };
}

/** What would become of a job if it were let in. Times in milliseconds. */
export interface Outlook {
  /** A slot is free and nobody waits for it. */
  readonly runsAtOnce: boolean;
  /** Whole ones: one that has room for another job counts. */
  readonly freeSlots: number;
  readonly waitMs: number;
  /** What it would take by itself, by the mean of what was measured; 0 before that. */
  readonly serviceMs: number;
  /** What it would take at least, by the fastest that was measured. */
  readonly leastServiceMs: number;
  readonly deadlineMs: number;
  /** Whether its deadline cannot be met even by a server that has nothing else to do. */
  readonly outOfReach: boolean;
  /** Time left at its end, with caution; below 0 it would be late. Infinity where its deadline does not matter. */
  readonly spareMs: number;
}

/** An idle server takes what may after all be done, and refuses what would have to be this many times as fast. */
const clearMargin = 3;
/** The same beside other work, where trying costs those others time. */
const busyMargin = 1.5;

/** `caution` multiplies what is estimated. */
export function foresee(state: CoreState, job: Candidate, caution: number, nowMs: number): Outlook {
  const { queue, running, slots, rate } = state;
  const freeSlots = Math.max(0, Math.ceil(slots - running.slotsInUse));
  const runsAtOnce = queue.size === 0 && freeSlots > 0;
  const waitMs = runsAtOnce ? 0 : estimateWaitMs(state, job, job.rank, job.cost, nowMs);
  const deadlineMs = resolveDeadlineMs(job.deadline, job.cost, rate);
  const serviceMs = job.cost * (rate?.msPerCost ?? 0);
  const leastServiceMs = job.cost * (rate?.leastMsPerCost ?? 0);
  // Where parts have deadlines of their own, waiting is all that the whole job's bounds.
  const isWhole = job.deadline.kind !== "per-part";
  // A job alone may be split over replicas and is faster by as much.
  const margin = runsAtOnce ? Math.max(clearMargin, busyMargin * freeSlots) : busyMargin;
  return {
    runsAtOnce,
    freeSlots,
    waitMs,
    serviceMs,
    leastServiceMs,
    deadlineMs,
    outOfReach: isWhole && leastServiceMs > margin * deadlineMs,
    spareMs:
      runsAtOnce || rate === undefined
        ? Number.POSITIVE_INFINITY
        : deadlineMs - caution * (waitMs + (isWhole ? serviceMs : 0)),
  };
}
