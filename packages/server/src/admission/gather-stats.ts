import type { ResolvedAdmissionOptions } from "./admission-options.ts";
import type { AdmissionStats, Counters, WaitingStats } from "./admission-stats.ts";
import type { JobClass } from "./job.ts";
import type { KeyAccounts } from "./key-accounts.ts";
import type { Reservations } from "./reservations.ts";
import type { Situation } from "./wait-estimate.ts";

/** Everything that a core holds. */
export interface CoreState extends Situation {
  readonly slots: number;
  readonly accounts: KeyAccounts;
  readonly reservations: Reservations;
  readonly options: ResolvedAdmissionOptions;
}

/** A copy that does not change any more. O(keys). */
export function gatherStats(source: CoreState, totals: Counters, nowMs: number): AdmissionStats {
  const { queue, running, reservations, options } = source;
  const [interactive, normal, batch] = queue.classes.map((waiting) =>
    describeWaiting(waiting.size, waiting.cost, waiting.oldest?.admittedAtMs, nowMs),
  ) as [WaitingStats, WaitingStats, WaitingStats];
  const waitingByClass: Record<JobClass, WaitingStats> = { interactive, normal, batch };
  return {
    slots: source.slots,
    slotsInUse: running.slotsInUse,
    runningJobs: running.size,
    waiting: describeWaiting(queue.size, queue.cost, queue.oldestAtMs, nowMs),
    waitingByClass,
    maxJobs: options.maxJobs,
    maxCost: options.maxCost,
    keys: Array.from(
      source.accounts.all,
      ({ id, waitingJobs, waitingCost, runningJobs, runningCost, reserved }) => ({
        id,
        waitingJobs,
        waitingCost,
        runningJobs,
        runningCost,
        reserved,
      }),
    ),
    reservations: { open: reservations.open, showRate: reservations.showRate },
    rate: source.rate,
    totals: structuredClone(totals),
  };
}

function describeWaiting(
  jobs: number,
  cost: number,
  oldestAtMs: number | undefined,
  nowMs: number,
): WaitingStats {
  return { jobs, cost, oldestWaitMs: oldestAtMs === undefined ? 0 : Math.max(0, nowMs - oldestAtMs) };
}
