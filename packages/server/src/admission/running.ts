import type { Ticket } from "./job.ts";

/** The smallest part of a slot. A power of two: sums of such parts are exact, and no crumbs of a slot stay behind. */
const leastPart = 1 / 64;

/**
 * The jobs that have slots, and the slot time they use. Small jobs have parts of slots; as long as they do not fill what they
 * could have to themselves, each is charged as if they did: a backend with one small job is no faster for being empty, and
 * what is learned from it must not promise that 64 of them could be done in the time of one.
 */
export class Running {
  readonly #tickets = new Set<Ticket>();
  #slotCost = 0;
  #slots = 1;
  #slotsInUse = 0;
  /** Time in which a job is charged its slots: it runs faster than the true one while jobs leave slots idle. */
  #clockMs = 0;
  #clockAtMs = 0;

  /** What the backend has. */
  get slots(): number {
    return this.#slots;
  }

  get size(): number {
    return this.#tickets.size;
  }

  /** A multiple of a 64th. */
  get slotsInUse(): number {
    return this.#slotsInUse;
  }

  /** What the backend has, and what fills one of them. */
  setSlots(slots: number, slotCost: number): void {
    this.#slots = slots;
    this.#slotCost = slotCost;
  }

  /** The part of a slot that a job of such a cost takes: all of it, or less where small jobs share one. */
  partOf(cost: number): number {
    return Math.min(1, Math.ceil(cost / this.#slotCost / leastPart) * leastPart);
  }

  start(ticket: Ticket, nowMs: number): void {
    this.#advance(nowMs);
    const ownSlots = this.partOf(ticket.cost);
    ticket.phase = {
      kind: "running",
      startedAtMs: nowMs,
      ownSlots,
      slots: ownSlots,
      slotMs: 0,
      countedAtMs: this.#clockMs,
    };
    this.#tickets.add(ticket);
    this.#slotsInUse += ownSlots;
  }

  changeSlots(ticket: Ticket, by: number, nowMs: number): void {
    if (ticket.phase.kind !== "running") return;
    this.#advance(nowMs);
    ticket.phase.slotMs = slotMsOf(ticket, this.#clockMs);
    ticket.phase.countedAtMs = this.#clockMs;
    ticket.phase.slots += by;
    this.#slotsInUse += by;
  }

  /** Frees the job's slots and says how much slot time it has used, in milliseconds. */
  stop(ticket: Ticket, nowMs: number): number {
    if (ticket.phase.kind !== "running") return 0;
    this.#advance(nowMs);
    this.#tickets.delete(ticket);
    this.#slotsInUse -= ticket.phase.slots;
    return slotMsOf(ticket, this.#clockMs);
  }

  /** Slot time that the running jobs will still need, in milliseconds. One that takes longer than expected counts 0. */
  remainingSlotMs(msPerCost: number, nowMs: number): number {
    const clockMs = this.#clockAt(nowMs);
    let remaining = 0;
    for (const ticket of this.#tickets)
      remaining += Math.max(0, ticket.cost * msPerCost - slotMsOf(ticket, clockMs));
    return remaining;
  }

  /**
   * When the jobs of a key will end, in milliseconds from now, and what they cost. One that takes longer than expected
   * is taken to need as long again as it is over.
   */
  endsOf(keyId: string, msPerCost: number, nowMs: number): { inMs: number; cost: number }[] {
    const clockMs = this.#clockAt(nowMs);
    return [...this.#tickets].flatMap((ticket) => {
      const { key, cost, phase } = ticket;
      if (key.id !== keyId || phase.kind !== "running") return [];
      const openMs = Math.abs(cost * msPerCost - slotMsOf(ticket, clockMs));
      return [{ inMs: openMs / (phase.slots * this.#speed), cost }];
    });
  }

  /** How much faster than the true time the clock runs: as many jobs as there are slots could fill them. */
  get #speed(): number {
    const filled = Math.min(this.#tickets.size, this.#slots);
    return this.#slotsInUse === 0 ? 1 : Math.max(1, filled / this.#slotsInUse);
  }

  #clockAt(nowMs: number): number {
    return this.#clockMs + (nowMs - this.#clockAtMs) * this.#speed;
  }

  #advance(nowMs: number): void {
    this.#clockMs = this.#clockAt(nowMs);
    this.#clockAtMs = nowMs;
  }
}

function slotMsOf({ phase }: Ticket, clockMs: number): number {
  return phase.kind === "running" ? phase.slotMs + (clockMs - phase.countedAtMs) * phase.slots : 0;
}
