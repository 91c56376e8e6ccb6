import {
  resolveAdmissionOptions,
  type AdmissionOptions,
  type ResolvedAdmissionOptions,
} from "./admission-options.ts";
import { describeKeyLimit, describeOutOfReach } from "./bounds.ts";
import { Caution } from "./caution.ts";
import { createCounters, type AdmissionStats, type Counters } from "./admission-stats.ts";
import { Deadlines } from "./deadlines.ts";
import { gatherStats, type CoreState } from "./gather-stats.ts";
import { createTicket, leastCost, type AdmissionJob, type JobOutcome, type Ticket } from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import { judgeOffer } from "./judge-offer.ts";
import { KeyAccounts } from "./key-accounts.ts";
import { estimateKeyFree, isLimited } from "./key-wait.ts";
import { foresee, toCandidate, type Candidate, type Outlook } from "./outlook.ts";
import { Probes } from "./probes.ts";
import type { Offer, Refusal, RefusalReason } from "./refusal.ts";
import type { Missing, Pace, RefusedJob } from "./promise-terms.ts";
import { Reservations } from "./reservations.ts";
import { Running } from "./running.ts";
import { ServiceRate } from "./service-rate.ts";
import { takeNext } from "./take-next.ts";

/**
 * Decides who may wait, who runs next and who is refused. Without timers, promises or a clock of its own: every call
 * says what time it is, in milliseconds that never go back. O(log n) per call in the jobs held; for keys at a limit of their
 * own it looks through their jobs and through what is promised, which is bounded.
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
  readonly #probes: Probes = new Probes();
  /** Slots when there last were any: a backend that restarts will have them again. */
  #usualSlots = 1;
  #closed = false;
  #lastId = 0;

  constructor(options: AdmissionOptions = {}) {
    this.options = resolveAdmissionOptions(options);
    this.setSlots(this.options.slots, this.options.slotCost);
    this.#queue = new JobQueue(this.options.ageingMs);
    this.#accounts = new KeyAccounts(this.options.maxJobs, this.options.maxCost);
    this.#reservations = new Reservations(this.#accounts, this.options.maxJobs);
  }

  /** Jobs waiting and running. */
  get jobsHeld(): number {
    return this.#queue.size + this.#running.size;
  }

  /** Whether nine tenths of the places or of the cost that may wait are taken; with no places, whether every slot is. */
  get isCrowded(): boolean {
    const { maxJobs, maxCost } = this.options;
    if (maxJobs === 0) return this.#running.slotsInUse >= this.#running.slots;
    return this.#queue.size >= 0.9 * maxJobs || this.#queue.cost >= 0.9 * maxCost;
  }

  /** When {@link expire} has something to do next; Infinity where nothing is bounded. */
  get nextDeadlineMs(): number {
    return this.#deadlines.nextMs;
  }

  /** Lets a job in or refuses it, at once. */
  offer(job: AdmissionJob, nowMs: number): Offer {
    if (this.#closed) return this.#refused("draining", "it takes no more work", 1_000);
    const candidate = toCandidate(job);
    const { rank, cost } = candidate;
    const claimed = this.#reservations.claim(candidate, nowMs);
    if (claimed) this.#totals.promises.claimed++;
    const state = this.situation;
    const caution = claimed ? this.#caution.promisedFactor : this.#caution.factor;
    const outlook = foresee(state, candidate, caution, nowMs);
    const { leastServiceMs, deadlineMs } = outlook;
    const held = this.#accounts.get(job.key.id);
    const due = claimed ? 0 : this.#dueToKey(candidate, outlook, nowMs);
    const overLimit = describeKeyLimit(job.key, held, cost, due);
    if (claimed && isLimited(job.key)) this.#reservations.noteKeyKept(overLimit === undefined);
    if (overLimit !== undefined) {
      const free = estimateKeyFree(state, candidate, held, outlook, nowMs);
      const retryAfterMs = this.#reservations.promiseToKey(candidate, free, this.#pace, nowMs);
      return this.#refused("key-limit", overLimit, retryAfterMs);
    }
    if (outlook.outOfReach && !this.#probes.take(outlook.runsAtOnce, nowMs)) {
      return this.#refused("out-of-reach", describeOutOfReach(leastServiceMs, deadlineMs), undefined);
    }
    const verdict = judgeOffer(state, candidate, outlook, claimed, nowMs);
    if (claimed) this.#reservations.noteKept(verdict.kind === "fits");
    if (verdict.kind === "refused") {
      const { reason, why, missing } = verdict;
      return this.#refused(reason, why, this.#reserve(candidate, missing, nowMs));
    }
    if (claimed) this.#totals.promises.kept++;
    const displaced = verdict.kind === "fits" ? [] : verdict.tickets;
    const told = displaced.map((ticket) => this.#displace(ticket, nowMs));
    return {
      kind: "admitted",
      ticket: this.#admit(job, rank, cost, nowMs + deadlineMs, nowMs),
      displaced: told,
    };
  }

  /** The job that is to run now; undefined where no slot is free or nothing waits. Call it until it is. */
  next(nowMs: number): Ticket | undefined {
    const ticket = takeNext(this.#queue, this.#running, nowMs);
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
  noteService(cost: number, serviceMs: number, aloneMs: number = serviceMs): void {
    this.#rate.note(Math.max(cost, leastCost), serviceMs, aloneMs);
  }

  /** A running job is done and its slots are free. */
  finish(ticket: Ticket, outcome: JobOutcome, nowMs: number): void {
    if (ticket.phase.kind !== "running") return;
    const slotMs = this.#running.stop(ticket, nowMs);
    const expectedMs = ticket.cost * (this.#rate.at(1)?.msPerCost ?? 0);
    // What was cut short tells only how slow the model is at least.
    const tells = outcome === "completed" || (outcome === "abandoned" && slotMs > expectedMs);
    const tookMs = outcome === "completed" ? nowMs - ticket.phase.startedAtMs : undefined;
    if (tells) this.#rate.note(ticket.cost, slotMs, tookMs);
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
    const taken = Math.max(0, Math.min(most, Math.floor(this.#running.slots - this.#running.slotsInUse)));
    this.#running.changeSlots(ticket, taken, nowMs);
    return taken;
  }

  /** Takes back what {@link takeIdleSlots} gave, before the job is done. */
  giveSlots(ticket: Ticket, count: number, nowMs: number): void {
    const { phase } = ticket;
    if (phase.kind === "running")
      this.#running.changeSlots(ticket, -Math.min(count, phase.slots - phase.ownSlots), nowMs);
  }

  /** What the backend takes at once from now on, and what fills one slot of it. Jobs that run are not touched. */
  setSlots(slots: number, slotCost: number = this.options.slotCost): void {
    this.#running.setSlots(slots, slotCost);
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
      slots: this.#running.slots,
      usualSlots: this.#usualSlots,
      rate: this.#rate.at(this.#usualSlots),
    };
  }

  /** Jobs of the key that were told to come before two of those it holds are likely to have ended. */
  #dueToKey({ key }: Candidate, { waitMs, serviceMs }: Outlook, nowMs: number): number {
    const reserved = this.#accounts.get(key.id)?.reserved ?? 0;
    if (key.maxJobs === undefined || reserved === 0) return 0;
    return this.#reservations.dueToKey(key.id, nowMs + (2 * (waitMs + serviceMs)) / key.maxJobs);
  }

  get #pace(): Pace {
    const placesPerSecond = (this.#usualSlots * 1_000) / this.#rate.serviceMs;
    return { placesPerSecond, msPerCost: (this.#rate.at(1)?.msPerCost ?? 0) / this.#usualSlots };
  }

  #reserve(job: RefusedJob, missing: Missing, nowMs: number): number {
    return this.#reservations.reserve(job, missing, this.#pace, nowMs);
  }

  #displace(ticket: Ticket, nowMs: number): { ticket: Ticket; refusal: Refusal } {
    this.#dropWaiting(ticket);
    const why = "every place is taken, and its own went to a key that held less than its share";
    const retryAfterMs = this.#reserve(ticket, { places: 1, ms: 0 }, nowMs);
    return { ticket, refusal: this.#refuse("displaced", why, retryAfterMs) };
  }

  #refused(reason: RefusalReason, why: string, retryAfterMs: number | undefined): Offer {
    return { kind: "refused", refusal: this.#refuse(reason, why, retryAfterMs) };
  }

  #refuse(reason: RefusalReason, why: string, retryAfterMs: number | undefined): Refusal {
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
