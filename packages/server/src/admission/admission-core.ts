import {
  resolveAdmissionOptions,
  type AdmissionOptions,
  type ResolvedAdmissionOptions,
} from "./admission-options.ts";
import {
  countSparePlaces,
  describeFull,
  describeKeyLimit,
  describeTooLate,
  findDisplaced,
} from "./bounds.ts";
import { Caution } from "./caution.ts";
import { createCounters, type AdmissionStats, type Counters } from "./admission-stats.ts";
import { Deadlines } from "./deadlines.ts";
import { gatherStats, type CoreState } from "./gather-stats.ts";
import {
  createTicket,
  jobClasses,
  leastCost,
  type AdmissionJob,
  type JobOutcome,
  type Ticket,
} from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import { KeyAccounts } from "./key-accounts.ts";
import type { Offer, Refusal, RefusalReason } from "./refusal.ts";
import { Reservations, type RefusedJob } from "./reservations.ts";
import { Running } from "./running.ts";
import { ServiceRate } from "./service-rate.ts";
import { estimateWaitMs, resolveDeadlineMs, sparePlacesForDeadline } from "./wait-estimate.ts";

/**
 * Decides who may wait, who runs next and who is refused. Without timers, promises or a clock of its own: every call
 * says what time it is, in milliseconds that never go back. O(log n) per call in the jobs held.
 */
export class AdmissionCore {
  readonly options: ResolvedAdmissionOptions;
  readonly #queue: JobQueue;
  readonly #accounts: KeyAccounts;
  readonly #reservations: Reservations;
  readonly #running: Running = new Running();
  readonly #rate: ServiceRate = new ServiceRate();
  readonly #deadlines: Deadlines = new Deadlines();
  readonly #totals: Counters = createCounters();
  readonly #caution: Caution = new Caution();
  #slots = 0;
  /** Slots when there last were any: a backend that restarts will have them again. */
  #usualSlots = 1;
  #closed = false;
  #lastId = 0;

  constructor(options: AdmissionOptions = {}) {
    this.options = resolveAdmissionOptions(options);
    this.setSlots(this.options.slots);
    this.#queue = new JobQueue(this.options.ageingMs);
    this.#accounts = new KeyAccounts(this.options.maxJobs, this.options.maxCost);
    this.#reservations = new Reservations(this.#accounts, this.options.maxJobs);
  }

  /** Jobs waiting and running. */
  get jobsHeld(): number {
    return this.#queue.size + this.#running.size;
  }

  /** Whether nine tenths of the places to wait are taken; with no such places, whether every slot is. */
  get isCrowded(): boolean {
    const { maxJobs } = this.options;
    return maxJobs === 0 ? this.#running.slotsInUse >= this.#slots : this.#queue.size >= 0.9 * maxJobs;
  }

  /** When {@link expire} has something to do next; Infinity where nothing is bounded. */
  get nextDeadlineMs(): number {
    return this.#deadlines.nextMs;
  }

  /** Lets a job in or refuses it, at once. */
  offer(job: AdmissionJob, nowMs: number): Offer {
    if (this.#closed) return this.#refused("draining", "it takes no more work", 1_000);
    if (!(job.cost >= 0 && job.cost < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`the cost of a job must be a number of 0 or more, got ${job.cost}`);
    }
    const cost = Math.max(job.cost, leastCost);
    const rank = jobClasses.indexOf(job.class ?? "normal");
    const held = this.#accounts.get(job.key.id);
    const overLimit = describeKeyLimit(job.key, held, cost);
    if (overLimit !== undefined) {
      const retryAfterMs = this.#rate.serviceMs / Math.max(1, held?.runningJobs ?? 0);
      return this.#refused("key-limit", overLimit, retryAfterMs);
    }

    const asker = { key: job.key, rank, caller: job.caller, isRetry: job.isRetry ?? false };
    const claimed = this.#reservations.claim(asker, nowMs);
    if (claimed) this.#totals.promises.claimed++;
    const situation = this.situation;
    const freeSlots = Math.max(0, this.#slots - this.#running.slotsInUse);
    const runsAtOnce = this.#queue.size === 0 && freeSlots > 0;
    const caution = claimed ? this.#caution.promisedFactor : this.#caution.factor;
    const waitMs = runsAtOnce ? 0 : estimateWaitMs(situation, job, rank, cost, nowMs);
    const deadlineMs = resolveDeadlineMs(job.deadline ?? { kind: "default" }, cost, situation.rate);
    // What need not wait is never refused for its deadline: else one bad measurement could refuse all, for ever.
    const forDeadline = runsAtOnce
      ? Number.POSITIVE_INFINITY
      : sparePlacesForDeadline(job, cost, waitMs, deadlineMs, situation.rate, caution);
    const places = Math.min(countSparePlaces(this.#queue, this.options, freeSlots, cost), forDeadline);
    const exempt = claimed || runsAtOnce || this.#accounts.isBelowFairShare(job.key, cost);
    const kept = exempt ? 0 : this.#reservations.heldUntil(nowMs + waitMs, rank, nowMs);
    const fits = places - kept >= 1;
    const displaced =
      fits || forDeadline < 1
        ? []
        : findDisplaced(this.#queue, this.#accounts, this.options, freeSlots, { key: job.key, rank, cost });
    if (claimed) this.#reservations.noteKept(fits);
    if (!fits && displaced.length === 0) {
      const retryAfterMs = this.#reserve(asker, 1 - places, nowMs);
      return forDeadline < 1
        ? this.#refused("deadline", describeTooLate(waitMs, deadlineMs), retryAfterMs)
        : this.#refused("full", describeFull(this.#queue, this.options, cost, kept), retryAfterMs);
    }
    if (claimed) this.#totals.promises.kept++;
    const told = displaced.map((ticket) => this.#displace(ticket, nowMs));
    return {
      kind: "admitted",
      ticket: this.#admit(job, rank, cost, nowMs + deadlineMs, nowMs),
      displaced: told,
    };
  }

  /** The job that is to run now; undefined where no slot is free or nothing waits. Call it until it is. */
  next(nowMs: number): Ticket | undefined {
    if (this.#running.slotsInUse >= this.#slots) return undefined;
    const ticket = this.#queue.take(nowMs);
    if (ticket === undefined) return undefined;
    this.#accounts.change(ticket.key, { runningJobs: 1, runningCost: ticket.cost });
    this.#accounts.change(ticket.key, { waitingJobs: -1, waitingCost: -ticket.cost });
    this.#caution.noteInTime();
    this.#running.start(ticket, nowMs);
    if (ticket.deadline.kind === "per-part") this.#deadlines.set(ticket, nowMs + ticket.deadline.partMs);
    this.#totals.dispatched++;
    return ticket;
  }

  /** A job was timed outside of admission, at warm-up say: then deadlines are known to be out of reach from the start. */
  noteService(cost: number, serviceMs: number): void {
    this.#rate.note(Math.max(cost, leastCost), serviceMs);
  }

  /** A running job is done and its slots are free. */
  finish(ticket: Ticket, outcome: JobOutcome, nowMs: number): void {
    if (ticket.phase.kind !== "running") return;
    const slotMs = this.#running.stop(ticket, nowMs);
    const expectedMs = ticket.cost * (this.#rate.at(1)?.msPerCost ?? 0);
    // What was cut short tells only how slow the model is at least.
    const tells = outcome === "completed" || (outcome === "abandoned" && slotMs > expectedMs);
    if (tells) this.#rate.note(ticket.cost, slotMs);
    if (outcome !== "abandoned") this.#totals[outcome]++;
    this.#accounts.change(ticket.key, { runningJobs: -1, runningCost: -ticket.cost });
    this.#leave(ticket);
  }

  /** The client went away. One that waits is gone; one that runs keeps its slot until {@link finish}. */
  cancel(ticket: Ticket): void {
    if (ticket.phase.kind === "gone") return;
    this.#totals.cancelled[ticket.phase.kind]++;
    if (ticket.phase.kind === "waiting") this.#dropWaiting(ticket);
    else this.#deadlines.remove(ticket);
  }

  /** Jobs whose deadline has passed: those that waited are gone, those that run keep their slot until {@link finish}. */
  expire(nowMs: number): readonly { readonly ticket: Ticket; readonly phase: "waiting" | "running" }[] {
    this.#reservations.expire(nowMs);
    const late: { ticket: Ticket; phase: "waiting" | "running" }[] = [];
    for (let ticket = this.#deadlines.takeLate(nowMs); ticket; ticket = this.#deadlines.takeLate(nowMs)) {
      if (ticket.phase.kind === "gone") continue;
      late.push({ ticket, phase: ticket.phase.kind });
      this.#totals.expired[ticket.phase.kind]++;
      if (ticket.phase.kind !== "waiting") continue;
      this.#caution.noteLate();
      this.#dropWaiting(ticket);
    }
    return late;
  }

  /** The cost is known now. Bounds, order, shares and rates go by it from here on. */
  correctCost(ticket: Ticket, counted: number): void {
    const cost = Math.max(counted, leastCost);
    const difference = cost - ticket.cost;
    if (ticket.phase.kind === "waiting") {
      this.#queue.classes[ticket.rank]!.changeCost(ticket, cost);
      this.#accounts.change(ticket.key, { waitingCost: difference });
    } else if (ticket.phase.kind === "running") {
      ticket.cost = cost;
      this.#queue.classes[ticket.rank]!.charge(ticket.key, difference);
      this.#accounts.change(ticket.key, { runningCost: difference });
    }
  }

  /** A part of a job with a deadline per part is done: the next one's time begins. */
  notePart(ticket: Ticket, nowMs: number): void {
    const { phase, deadline, heapIndex } = ticket;
    if (phase.kind !== "running" || deadline.kind !== "per-part" || heapIndex < 0) return;
    this.#deadlines.set(ticket, nowMs + deadline.partMs);
  }

  /** Gives a running job up to `most` more slots, if they are idle and nobody waits for them. Returns how many. */
  takeIdleSlots(ticket: Ticket, most: number, nowMs: number): number {
    if (ticket.phase.kind !== "running" || this.#queue.size > 0) return 0;
    const taken = Math.max(0, Math.min(most, this.#slots - this.#running.slotsInUse));
    this.#running.changeSlots(ticket, taken, nowMs);
    return taken;
  }

  /** Takes back what {@link takeIdleSlots} gave, before the job is done. */
  giveSlots(ticket: Ticket, count: number, nowMs: number): void {
    const { phase } = ticket;
    if (phase.kind === "running") this.#running.changeSlots(ticket, -Math.min(count, phase.slots - 1), nowMs);
  }

  /** What the backend takes at once from now on. Jobs that run are not touched. */
  setSlots(slots: number): void {
    this.#slots = slots;
    if (slots > 0) this.#usualSlots = slots;
  }

  /** No more jobs are let in; what waits goes on. */
  close(): void {
    this.#closed = true;
  }

  /** Drops what still waits, as refused. */
  dropAllWaiting(): readonly { readonly ticket: Ticket; readonly refusal: Refusal }[] {
    const dropped: { ticket: Ticket; refusal: Refusal }[] = [];
    for (const waiting of this.#queue.classes) {
      for (let ticket = waiting.oldest; ticket !== undefined; ticket = waiting.oldest) {
        this.#dropWaiting(ticket);
        const refusal = this.#refuse("draining", "it was stopped before the request's turn came", 1_000);
        dropped.push({ ticket, refusal });
      }
    }
    return dropped;
  }

  stats(nowMs: number): AdmissionStats {
    return gatherStats(this.situation, this.#totals, nowMs);
  }

  /** What decisions go by; to be looked at only. */
  get situation(): CoreState {
    return {
      options: this.options,
      queue: this.#queue,
      running: this.#running,
      accounts: this.#accounts,
      reservations: this.#reservations,
      slots: this.#slots,
      usualSlots: this.#usualSlots,
      rate: this.#rate.at(this.#usualSlots),
    };
  }

  #reserve(asker: RefusedJob, missing: number, nowMs: number): number {
    const placesPerSecond = (this.#usualSlots * 1_000) / this.#rate.serviceMs;
    return this.#reservations.reserve(asker, missing, placesPerSecond, nowMs);
  }

  #displace(ticket: Ticket, nowMs: number): { ticket: Ticket; refusal: Refusal } {
    this.#dropWaiting(ticket);
    const why = "every place is taken, and its own went to a key that held less than its share";
    return { ticket, refusal: this.#refuse("displaced", why, this.#reserve(ticket, 1, nowMs)) };
  }

  #refused(reason: RefusalReason, why: string, retryAfterMs: number): Offer {
    return { kind: "refused", refusal: this.#refuse(reason, why, retryAfterMs) };
  }

  #refuse(reason: RefusalReason, why: string, retryAfterMs: number): Refusal {
    this.#totals.refused[reason]++;
    return { reason, why, retryAfterMs };
  }

  #admit(job: AdmissionJob, rank: number, cost: number, deadlineAtMs: number, nowMs: number): Ticket {
    const ticket = createTicket(++this.#lastId, job, rank, cost, nowMs);
    this.#queue.add(ticket);
    this.#accounts.change(job.key, { waitingJobs: 1, waitingCost: cost });
    this.#deadlines.set(ticket, deadlineAtMs);
    this.#totals.admitted++;
    return ticket;
  }

  #dropWaiting(ticket: Ticket): void {
    this.#queue.remove(ticket);
    this.#accounts.change(ticket.key, { waitingJobs: -1, waitingCost: -ticket.cost });
    this.#leave(ticket);
  }

  #leave(ticket: Ticket): void {
    ticket.phase = { kind: "gone" };
    this.#deadlines.remove(ticket);
  }
}
