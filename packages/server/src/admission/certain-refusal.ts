import { toArrival } from "./arrival.ts";
import type { CoreState } from "./gather-stats.ts";
import { jobClasses, leastCost, type AdmissionJob } from "./job.ts";

/**
 * Whether a job would be refused whatever it costs: every place is taken, none was promised to it, and it can take
 * nobody else's. `AdmissionCore.offer` refuses it then; where this is false, that depends on its cost.
 */
export function isRefusalCertain(
  { options, queue, running, accounts, reservations, slots }: CoreState,
  { key, class: name = "normal", caller, isRetry = false, follows }: Omit<AdmissionJob, "cost">,
  nowMs: number,
): boolean {
  const freeSlots = Math.max(0, Math.ceil(slots - running.slotsInUse));
  if (queue.size < options.maxJobs + freeSlots) return false;
  const asker = {
    key,
    rank: jobClasses.indexOf(name),
    cost: leastCost,
    caller,
    arrival: toArrival(isRetry, follows),
  };
  // What a job that costs next to nothing cannot displace, one that costs more cannot either.
  return !reservations.hasPromise(asker, nowMs) && accounts.holderToDisplace(key, leastCost) === undefined;
}
