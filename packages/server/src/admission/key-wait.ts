import type { KeyAccount } from "./key-accounts.ts";
import type { AdmissionKey } from "./job.ts";
import type { Candidate, Outlook } from "./outlook.ts";
import { assumedServiceMs } from "./service-rate.ts";
import { toWaitMs, type Situation } from "./wait-estimate.ts";

/** Whether a key has limits of its own. */
export function isLimited({ maxJobs, maxCost }: AdmissionKey): boolean {
  return maxJobs !== undefined || maxCost !== undefined;
}

/**
 * When a key that holds as much as it may will hold less by so much that one more job is within its limits, and how far
 * apart that happens: in milliseconds, from what its own jobs will still wait and take.
 */
export function estimateKeyFree(
  situation: Situation,
  { key, cost }: Pick<Candidate, "key" | "cost">,
  held: KeyAccount | undefined,
  outlook: Pick<Outlook, "waitMs" | "serviceMs">,
  nowMs: number,
): { readonly freeMs: number; readonly apartMs: number } {
  const { queue, running, rate } = situation;
  if (rate === undefined) return { freeMs: assumedServiceMs, apartMs: assumedServiceMs };
  const ends = running.endsOf(key.id, rate.msPerCost, nowMs);
  for (const [rank, waiting] of queue.classes.entries()) {
    for (const { ticket, costAhead } of waiting.inOrder(key.id)) {
      const waitMs = toWaitMs(situation, rate, rank, queue.costAbove(rank) + costAhead, nowMs);
      ends.push({ inMs: waitMs + ticket.cost * rate.msPerCost, cost: ticket.cost });
    }
  }
  ends.sort((a, b) => a.inMs - b.inMs);
  const heldCost = held === undefined ? 0 : held.waitingCost + held.runningCost;
  let jobs = ends.length + 1 - (key.maxJobs ?? Number.POSITIVE_INFINITY);
  let excess = heldCost + cost - (key.maxCost ?? Number.POSITIVE_INFINITY);
  let freeMs = 0;
  for (const end of ends) {
    if (jobs <= 0 && excess <= 0) break;
    freeMs = end.inMs;
    jobs--;
    excess -= end.cost;
  }
  return { freeMs, apartMs: (outlook.waitMs + outlook.serviceMs) / Math.max(1, ends.length) };
}
