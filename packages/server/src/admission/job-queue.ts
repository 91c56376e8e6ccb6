import { Ageing } from "./ageing.ts";
import { ClassLoad } from "./class-load.ts";
import { FairQueue } from "./fair-queue.ts";
import { jobClasses, type AdmissionKey, type Ticket } from "./job.ts";

/** Everything that waits: a fair queue per class, and ageing between them. */
export class JobQueue {
  readonly classes: readonly FairQueue[] = jobClasses.map(() => new FairQueue());
  readonly load: ClassLoad = new ClassLoad();
  readonly ageingMs: number;
  readonly #ageing: Ageing;

  constructor(ageingMs: number) {
    this.ageingMs = ageingMs;
    this.#ageing = new Ageing(ageingMs);
  }

  get size(): number {
    return this.classes.reduce((sum, waiting) => sum + waiting.size, 0);
  }

  get cost(): number {
    return this.classes.reduce((sum, waiting) => sum + waiting.cost, 0);
  }

  /** When the one that has waited longest was admitted. */
  get oldestAtMs(): number | undefined {
    const times = this.classes.flatMap((waiting) => waiting.oldest?.admittedAtMs ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  add(ticket: Ticket): void {
    this.classes[ticket.rank]!.add(ticket);
  }

  /** Takes out the job whose turn it is. */
  take(nowMs: number): Ticket | undefined {
    const waiting = this.classes.map(({ oldest }) => ({ oldestAtMs: oldest?.admittedAtMs }));
    const turn = this.#ageing.choose(waiting, nowMs);
    if (turn === undefined) return undefined;
    const chosen = this.classes[turn.rank]!;
    // What is due by age is the oldest job: in fair order a large one would wait for all the small ones of other keys.
    const ticket = (turn.aged ? chosen.takeOldest() : chosen.take())!;
    this.#ageing.note(turn, ticket.cost, nowMs);
    this.load.note(turn, ticket.cost, nowMs);
    return ticket;
  }

  /** Takes out the next job of the first class if it is as wanted. */
  takeQuick(isQuick: (ticket: Ticket) => boolean, nowMs: number): Ticket | undefined {
    const [first] = this.classes;
    const next = first?.next;
    if (first === undefined || next === undefined || !isQuick(next)) return undefined;
    const ticket = first.take()!;
    const turn = { rank: 0, aged: false };
    this.#ageing.note(turn, ticket.cost, nowMs);
    this.load.note(turn, ticket.cost, nowMs);
    return ticket;
  }

  remove(ticket: Ticket): void {
    this.classes[ticket.rank]!.remove(ticket);
  }

  /** Cost that would go before a job that came now: higher classes, and its own in fair order. */
  costAhead(key: AdmissionKey, rank: number, cost: number): number {
    return this.costAbove(rank) + this.classes[rank]!.costAhead(key, cost);
  }

  /** Cost of what waits in higher classes. */
  costAbove(rank: number): number {
    return this.classes.slice(0, rank).reduce((sum, waiting) => sum + waiting.cost, 0);
  }

  /** The newest jobs of a key, lowest class first, none of a class higher than `rank`. */
  *newestOf(keyId: string, rank: number): Generator<Ticket, void, undefined> {
    for (let lower = this.classes.length - 1; lower >= rank; lower--)
      yield* this.classes[lower]!.newestOf(keyId);
  }
}
