import { IndexedHeap, type HeapItem } from "./indexed-heap.ts";
import { weightOf, type AdmissionKey, type Ticket } from "./job.ts";
import { LinkedList, type ListNode } from "./linked-list.ts";

/** The waiting jobs of one key. */
interface Flow extends HeapItem {
  readonly weight: number;
  readonly jobs: LinkedList<Ticket>;
  readonly sequence: number;
  cost: number;
  /** Virtual time at which its first job would be finished. */
  tag: number;
}

/**
 * The waiting jobs of one class, in fair order over keys and in order of arrival within one. Self-clocked fair queueing
 * (Golestani 1994): a job's tag is the virtual time at which it would be finished if every key with work were served at
 * once; the smallest tag goes next and its tag is the new virtual time. So a key that has had nothing for long gains no
 * credit, none starves, and a key can be forgotten the moment it has nothing waiting. O(log keys) per operation.
 */
export class FairQueue {
  readonly #flows = new Map<string, Flow>();
  readonly #order: IndexedHeap<Flow> = new IndexedHeap(
    (a, b) => a.tag < b.tag || (a.tag === b.tag && a.sequence < b.sequence),
  );
  readonly #arrivals: LinkedList<Ticket> = new LinkedList();
  readonly #nodes = new Map<Ticket, { inFlow: ListNode<Ticket>; inArrivals: ListNode<Ticket> }>();
  #virtualTime = 0;
  #sequence = 0;
  #weight = 0;
  #cost = 0;

  get size(): number {
    return this.#arrivals.size;
  }

  /** Cost of everything that waits here. */
  get cost(): number {
    return this.#cost;
  }

  /** The one that {@link take} would take. */
  get next(): Ticket | undefined {
    return this.#order.peek()?.jobs.first?.value;
  }

  /** The one that has waited longest, whoever's it is. */
  get oldest(): Ticket | undefined {
    return this.#arrivals.first?.value;
  }

  /** The newest job of a key, and the ones before it. */
  *newestOf(keyId: string): Generator<Ticket, void, undefined> {
    for (let node = this.#flows.get(keyId)?.jobs.last; node !== undefined; node = node.previous)
      yield node.value;
  }

  add(ticket: Ticket): void {
    let flow = this.#flows.get(ticket.key.id);
    if (flow === undefined) {
      const weight = weightOf(ticket.key);
      const tag = this.#virtualTime + ticket.cost / weight;
      flow = { weight, jobs: new LinkedList(), sequence: this.#sequence++, cost: 0, tag, heapIndex: -1 };
      this.#flows.set(ticket.key.id, flow);
      this.#order.push(flow);
      this.#weight += weight;
    }
    flow.cost += ticket.cost;
    this.#cost += ticket.cost;
    this.#nodes.set(ticket, { inFlow: flow.jobs.push(ticket), inArrivals: this.#arrivals.push(ticket) });
  }

  /** Takes out the job that is next in fair order. */
  take(): Ticket | undefined {
    const flow = this.#order.peek();
    if (flow === undefined) return undefined;
    this.#virtualTime = flow.tag;
    return this.#takeOut(flow.jobs.first!.value, flow);
  }

  /** Takes out the one that has waited longest, whoever's it is; its key pays for it like for any other. */
  takeOldest(): Ticket | undefined {
    const ticket = this.oldest;
    if (ticket === undefined) return undefined;
    return this.#takeOut(ticket, this.#flows.get(ticket.key.id)!);
  }

  /** The key's next job comes later by what that one costs. */
  #takeOut(ticket: Ticket, flow: Flow): Ticket {
    this.#unlink(ticket, flow);
    const following = flow.jobs.first?.value;
    if (following !== undefined) {
      flow.tag += following.cost / flow.weight;
      this.#order.update(flow);
    }
    return ticket;
  }

  /** The ticket must wait here. */
  remove(ticket: Ticket): void {
    const flow = this.#flows.get(ticket.key.id)!;
    const wasFirst = flow.jobs.first!.value === ticket;
    this.#unlink(ticket, flow);
    const following = flow.jobs.first?.value;
    if (!wasFirst || following === undefined) return;
    flow.tag += (following.cost - ticket.cost) / flow.weight;
    this.#order.update(flow);
  }

  /** The ticket must wait here. */
  changeCost(ticket: Ticket, cost: number): void {
    const flow = this.#flows.get(ticket.key.id)!;
    const difference = cost - ticket.cost;
    ticket.cost = cost;
    flow.cost += difference;
    this.#cost += difference;
    if (flow.jobs.first!.value === ticket) this.charge(ticket.key, difference);
  }

  /** A key pays what its jobs turned out to cost, as long as it has work waiting. */
  charge(key: AdmissionKey, cost: number): void {
    const flow = this.#flows.get(key.id);
    if (flow === undefined) return;
    flow.tag += cost / flow.weight;
    this.#order.update(flow);
  }

  /**
   * Cost that would go before a job that came now: all of its own key's, and of others' what is due before it in
   * virtual time. An upper bound in O(1): exact where every key has at least that much waiting.
   */
  costAhead(key: AdmissionKey, cost: number): number {
    const flow = this.#flows.get(key.id);
    const weight = flow?.weight ?? weightOf(key);
    const own = flow?.cost ?? 0;
    const startTag =
      flow === undefined ? this.#virtualTime : flow.tag + (own - flow.jobs.first!.value.cost) / flow.weight;
    const span = startTag + cost / weight - this.#virtualTime;
    const othersWeight = this.#weight - (flow?.weight ?? 0);
    return own + Math.min(this.#cost - own, Math.max(0, span * othersWeight));
  }

  /** The waiting jobs of a key in order, each with the cost that goes before it here if nobody else comes. */
  *inOrder(keyId: string): Generator<{ ticket: Ticket; costAhead: number }, void, undefined> {
    const flow = this.#flows.get(keyId);
    if (flow === undefined) return;
    const othersWeight = this.#weight - flow.weight;
    const others = this.#cost - flow.cost;
    let { tag } = flow;
    let own = 0;
    for (let node = flow.jobs.first; node !== undefined; node = node.next) {
      const span = Math.max(0, tag - this.#virtualTime);
      yield { ticket: node.value, costAhead: own + Math.min(others, span * othersWeight) };
      own += node.value.cost;
      tag += (node.next?.value.cost ?? 0) / flow.weight;
    }
  }

  #unlink(ticket: Ticket, flow: Flow): void {
    const nodes = this.#nodes.get(ticket)!;
    this.#nodes.delete(ticket);
    this.#arrivals.remove(nodes.inArrivals);
    flow.jobs.remove(nodes.inFlow);
    flow.cost -= ticket.cost;
    this.#cost -= ticket.cost;
    if (flow.jobs.size > 0) return;
    this.#flows.delete(ticket.key.id);
    this.#order.remove(flow);
    this.#weight -= flow.weight;
    if (this.#flows.size > 0) return;
    // Nothing waits: start anew, so that neither rounding errors nor virtual time grow over months.
    this.#virtualTime = 0;
    this.#weight = 0;
    this.#cost = 0;
  }
}
