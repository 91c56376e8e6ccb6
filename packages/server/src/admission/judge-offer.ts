import { countSparePlaces, describeFull, describeTooLate, findDisplaced } from "./bounds.ts";
import type { CoreState } from "./gather-stats.ts";
import type { Ticket } from "./job.ts";
import type { Candidate, Outlook } from "./outlook.ts";
import type { Missing } from "./promise-terms.ts";

export type Verdict =
  | { readonly kind: "fits" }
  /** It fits once these, who wait, have given their places to it. */
  | { readonly kind: "displaces"; readonly tickets: readonly Ticket[] }
  | {
      readonly kind: "refused";
      /** Which bound it is that leaves no room: the tighter one where both do. */
      readonly reason: "full" | "deadline";
      readonly why: string;
      readonly missing: Missing;
    };

/** Whether the bounds, the job's deadline and what was promised to others leave room for it. */
export function judgeOffer(
  state: CoreState,
  job: Candidate,
  outlook: Outlook,
  claimed: boolean,
  nowMs: number,
): Verdict {
  const { queue, options, accounts, reservations, rate, usualSlots } = state;
  const { freeSlots, waitMs, deadlineMs, spareMs } = outlook;
  const spare = countSparePlaces(queue, options, freeSlots, job.cost);
  const msPerPlace = (rate?.serviceMs ?? 0) / usualSlots;
  const msPerCost = (rate?.msPerCost ?? 0) / usualSlots;
  const exempt = claimed || outlook.runsAtOnce || accounts.isBelowFairShare(job.key, job.cost);
  const kept = exempt ? noneKept : reservations.heldUntil(nowMs + waitMs, job.rank, nowMs);
  const keptMs = kept.cost * msPerCost + kept.margin * msPerPlace;
  const keptPlaces = kept.places + kept.margin;
  if (spare - keptPlaces >= 1 && spareMs >= keptMs) return { kind: "fits" };
  if (spareMs >= 0) {
    const tickets = findDisplaced(queue, accounts, options, freeSlots, job);
    if (tickets.length > 0) return { kind: "displaces", tickets };
  }
  const missing = { places: 1 - spare, ms: -spareMs };
  const lateFirst = spareMs < keptMs && (spareMs - keptMs) / msPerPlace < spare - keptPlaces - 1;
  return lateFirst
    ? {
        kind: "refused",
        reason: "deadline",
        why: describeTooLate(waitMs + keptMs, outlook.serviceMs, deadlineMs),
        missing,
      }
    : { kind: "refused", reason: "full", why: describeFull(queue, options, job.cost, keptPlaces), missing };
}

const noneKept = { places: 0, cost: 0, margin: 0 };
