import type { ResolvedAdmissionOptions } from "./admission-options.ts";
import type { AdmissionKey, Ticket } from "./job.ts";
import type { JobQueue } from "./job-queue.ts";
import type { KeyAccount, KeyAccounts } from "./key-accounts.ts";

/** A job that would need the places of more than this many others is refused instead. */
const mostDisplaced = 16;

type Bounds = Pick<ResolvedAdmissionOptions, "maxJobs" | "maxCost">;

/** Places that the bounds leave for a job; below 1 where there is none, by as many as would have to become free. */
export function countSparePlaces(queue: JobQueue, bounds: Bounds, freeSlots: number, cost: number): number {
  const byJobs = bounds.maxJobs + freeSlots - queue.size;
  const overCost = queue.cost + cost - bounds.maxCost;
  if (overCost <= 0 || queue.size === 0) return byJobs;
  return Math.min(byJobs, 1 - overCost / (queue.cost / queue.size));
}

/** Which bound it is that leaves no place, as half a sentence. */
export function describeFull(
  queue: JobQueue,
  { maxJobs, maxCost }: Bounds,
  cost: number,
  kept: number,
): string {
  if (queue.size >= maxJobs) return `all ${maxJobs} places to wait are taken`;
  if (queue.cost + cost > maxCost) {
    return `the requests that wait cost ${Math.round(queue.cost)} of at most ${maxCost}, and this one ${Math.round(cost)}`;
  }
  return `${queue.size} of ${maxJobs} places to wait are taken and ${Math.ceil(kept)} kept for earlier requests`;
}

export function describeTooLate(waitMs: number, serviceMs: number, deadlineMs: number): string {
  return `it would wait about ${Math.ceil(waitMs)} ms and take ${Math.ceil(serviceMs)} ms, too long for its deadline of ${Math.round(deadlineMs)} ms`;
}

export function describeOutOfReach(serviceMs: number, deadlineMs: number): string {
  return `by itself it takes about ${Math.ceil(serviceMs)} ms, and its deadline is ${Math.round(deadlineMs)} ms`;
}

/**
 * Which of a key's own limits one more job would exceed, as half a sentence; undefined if none. `due` jobs of it are about
 * to come because they were told to.
 */
export function describeKeyLimit(
  key: AdmissionKey,
  held: KeyAccount | undefined,
  cost: number,
  due: number,
): string | undefined {
  const jobs = held === undefined ? 0 : held.waitingJobs + held.runningJobs;
  if (jobs >= (key.maxJobs ?? Number.POSITIVE_INFINITY)) {
    return `this key has ${jobs} requests under way and may have ${key.maxJobs}`;
  }
  if (jobs + due >= (key.maxJobs ?? Number.POSITIVE_INFINITY)) {
    return `this key has ${jobs} requests under way, ${due} more were told to come now, and it may have ${key.maxJobs}`;
  }
  const total = held === undefined ? cost : held.waitingCost + held.runningCost + cost;
  // A job that costs more than all its key may have runs alone.
  return jobs > 0 && total > (key.maxCost ?? Number.POSITIVE_INFINITY)
    ? `this key's requests under way and this one cost more than the ${key.maxCost} it may have`
    : undefined;
}

/**
 * Whose places a job takes when the queue is full: the newest of the largest holder, lowest class first and none of a
 * class above the job's own, as many as it needs. None where that does not do, or is not fair.
 */
export function findDisplaced(
  queue: JobQueue,
  accounts: KeyAccounts,
  bounds: Bounds,
  freeSlots: number,
  job: { readonly key: AdmissionKey; readonly rank: number; readonly cost: number },
): readonly Ticket[] {
  let jobs = queue.size + 1 - bounds.maxJobs - freeSlots;
  let excess = queue.cost + job.cost - bounds.maxCost;
  const holder = jobs > 0 || excess > 0 ? accounts.holderToDisplace(job.key, job.cost) : undefined;
  if (holder === undefined) return [];
  const found: Ticket[] = [];
  for (const ticket of queue.newestOf(holder.id, job.rank)) {
    if (found.length === mostDisplaced) return [];
    found.push(ticket);
    jobs--;
    excess -= ticket.cost;
    if (jobs <= 0 && excess <= 0) return found;
  }
  return [];
}
