import type { Ticket } from "./job.ts";

/** The jobs that have slots, and the slot time they use. */
export class Running {
  readonly #tickets = new Set<Ticket>();
  #slotsInUse = 0;

  get size(): number {
    return this.#tickets.size;
  }

  get slotsInUse(): number {
    return this.#slotsInUse;
  }

  start(ticket: Ticket, nowMs: number): void {
    ticket.phase = { kind: "running", startedAtMs: nowMs, slots: 1, slotMs: 0, countedAtMs: nowMs };
    this.#tickets.add(ticket);
    this.#slotsInUse++;
  }

  changeSlots(ticket: Ticket, by: number, nowMs: number): void {
    if (ticket.phase.kind !== "running") return;
    ticket.phase.slotMs = slotMsOf(ticket, nowMs);
    ticket.phase.countedAtMs = nowMs;
    ticket.phase.slots += by;
    this.#slotsInUse += by;
  }

  /** Frees the job's slots and says how much slot time it has used, in milliseconds. */
  stop(ticket: Ticket, nowMs: number): number {
    if (ticket.phase.kind !== "running") return 0;
    this.#tickets.delete(ticket);
    this.#slotsInUse -= ticket.phase.slots;
    return slotMsOf(ticket, nowMs);
  }

  /** Slot time that the running jobs will still need, in milliseconds. One that takes longer than expected counts 0. */
  remainingSlotMs(msPerCost: number, nowMs: number): number {
    let remaining = 0;
    for (const ticket of this.#tickets)
      remaining += Math.max(0, ticket.cost * msPerCost - slotMsOf(ticket, nowMs));
    return remaining;
  }

  /**
   * When the jobs of a key will end, in milliseconds from now, and what they cost. One that takes longer than expected
   * is taken to need as long again as it is over.
   */
  endsOf(keyId: string, msPerCost: number, nowMs: number): { inMs: number; cost: number }[] {
    return [...this.#tickets].flatMap(({ key, cost, phase }) => {
      if (key.id !== keyId || phase.kind !== "running") return [];
      const usedMs = phase.slotMs + (nowMs - phase.countedAtMs) * phase.slots;
      return [{ inMs: Math.abs(cost * msPerCost - usedMs) / phase.slots, cost }];
    });
  }
}

function slotMsOf(ticket: Ticket, nowMs: number): number {
  const { phase } = ticket;
  return phase.kind === "running" ? phase.slotMs + (nowMs - phase.countedAtMs) * phase.slots : 0;
}
