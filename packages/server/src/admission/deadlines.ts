import { IndexedHeap } from "./indexed-heap.ts";
import type { Ticket } from "./job.ts";

/** The deadlines of everything held, the earliest first. */
export class Deadlines {
  readonly #tickets: IndexedHeap<Ticket> = new IndexedHeap((a, b) => a.deadlineAtMs < b.deadlineAtMs);

  /** Infinity where nothing has a deadline. */
  get nextMs(): number {
    return this.#tickets.peek()?.deadlineAtMs ?? Number.POSITIVE_INFINITY;
  }

  set(ticket: Ticket, atMs: number): void {
    this.#tickets.remove(ticket);
    ticket.deadlineAtMs = atMs;
    if (atMs < Number.POSITIVE_INFINITY) this.#tickets.push(ticket);
  }

  remove(ticket: Ticket): void {
    this.#tickets.remove(ticket);
  }

  /** Takes out one whose deadline has passed. */
  takeLate(nowMs: number): Ticket | undefined {
    const ticket = this.#tickets.peek();
    if (ticket === undefined || ticket.deadlineAtMs > nowMs) return undefined;
    this.#tickets.remove(ticket);
    return ticket;
  }
}
