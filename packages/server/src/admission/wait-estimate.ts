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
  situation: Situation,
  job: Pick<AdmissionJob, "key">,
  rank: number,
  cost: number,
  nowMs: number,
): number {
  const { queue, rate } = situation;
  return rate === undefined
    ? 0
    : toWaitMs(situation, rate, rank, queue.costAhead(job.key, rank, cost), nowMs);
}

/** Time until a job of this class runs that has so much before it, in milliseconds. */
export function toWaitMs(
  { queue, running, usualSlots }: Situation,
  rate: MeasuredRate,
  rank: number,
  costAhead: number,
  nowMs: number,
): number {
  const slotMs = costAhead * rate.msPerCost + running.remainingSlotMs(rate.msPerCost, nowMs);
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
