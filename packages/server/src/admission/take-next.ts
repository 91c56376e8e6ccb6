import type { JobQueue } from "./job-queue.ts";
import type { Ticket } from "./job.ts";
import type { Running } from "./running.ts";

/** Jobs of the first class that need no more than this part of a slot are quick. */
const quickPart = 1 / 8;
/** They may use this much more than there is. */
const quickSlots = 1 / 2;

/** Takes out the job that is to run now; undefined where no slot is free for one that waits. */
export function takeNext(queue: JobQueue, running: Running, nowMs: number): Ticket | undefined {
  const excess = running.slotsInUse - running.slots;
  if (excess < 0) return queue.take(nowMs);
  // Somebody waits at a search box while lists are indexed: what hardly delays those need not wait until one is done.
  if (running.slots === 0 || excess >= quickSlots) return undefined;
  return queue.takeQuick((ticket) => running.partOf(ticket.cost) <= quickPart, nowMs);
}
