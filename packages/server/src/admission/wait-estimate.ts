import { agedShare } from "./ageing.ts";
import type { AdmissionJob, JobDeadline } from "./job.ts";
import type { JobQueue } from "./job-queue.ts";
import type { Running } from "./running.ts";
import type { MeasuredRate } from "./service-rate.ts";

/** Deadline of a job that names none, at least. */
const defaultDeadlineMs = 30_000;
/** What an estimate is made from. */
export interface Situation {
  readonly queue: JobQueue;
  readonly running: Running;
  /** Slots that the backend has, or will have again once it has restarted. */
  readonly usualSlots: number;
  /** Undefined before the first job was finished. */
  readonly rate: MeasuredRate | undefined;
}

/** Time until a job that came now would run, in milliseconds; 0 as long as nothing is measured. */
export function estimateWaitMs(
  { queue, running, usualSlots, rate }: Situation,
  job: Pick<AdmissionJob, "key">,
  rank: number,
  cost: number,
  nowMs: number,
): number {
  if (rate === undefined) return 0;
  const aheadMs = queue.costAhead(job.key, rank, cost) * rate.msPerCost;
  const slotMs = aheadMs + running.remainingSlotMs(rate.msPerCost, nowMs);
  const workMs = slotMs / usualSlots;
  const inTurnMs = workMs / queue.load.shareLeft(rank, rate.costPerSecond, nowMs);
  // Under endless work of higher classes it is age that brings a job its turn.
  return rank === 0 ? inTurnMs : Math.min(inTurnMs, queue.ageingMs / 2 + workMs / agedShare);
}

/** The deadline that counts while the job waits, in milliseconds from its offer. */
export function resolveDeadlineMs(
  deadline: JobDeadline,
  cost: number,
  rate: MeasuredRate | undefined,
): number {
  switch (deadline.kind) {
    case "whole":
      return deadline.ms;
    case "per-part":
      return deadline.waitMs ?? Number.POSITIVE_INFINITY;
    case "default":
      return Math.max(deadline.atLeastMs ?? defaultDeadlineMs, 4 * cost * (rate?.msPerCost ?? 0));
  }
}

/**
 * `caution` multiplies what is estimated. How many places are left before a job would miss its deadline: 1 or more if it can be met, and else as many below as
 * jobs must be done first.
 */
export function sparePlacesForDeadline(
  job: Pick<AdmissionJob, "deadline">,
  cost: number,
  waitMs: number,
  deadlineMs: number,
  rate: MeasuredRate | undefined,
  caution: number,
): number {
  if (rate === undefined) return Number.POSITIVE_INFINITY;
  // Where parts have deadlines of their own, waiting is all that this one bounds.
  const serviceMs = job.deadline?.kind === "per-part" ? 0 : cost * rate.msPerCost;
  const spareMs = deadlineMs - caution * (waitMs + serviceMs);
  return 1 + (spareMs / 1_000) * rate.jobsPerSecond;
}
