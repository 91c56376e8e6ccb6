import { jobClasses, type AdmissionKey } from "./job.ts";
import type { KeyAccounts } from "./key-accounts.ts";
import { LinkedList } from "./linked-list.ts";
import type { ArrivingJob, Missing, Pace, RefusedJob } from "./promise-terms.ts";
import { combMs, earlyMs, isExpected } from "./promised-times.ts";

/** A client that reads whole seconds comes up to one late; and every answer has some way to go. */
const holdMs = 1_250;
/** Further ahead than this nothing is known. */
const longestAdviceMs = 600_000;
/** From here on callers count as keeping their names: those behind a pool of connections do not. */
const reliable = 0.8;
/** Who has not come by then is late: he may come with the second, or never. */
const lateMs = 100;
/** Outcomes over which the rate of those who come back is averaged. */
const memoryOutcomes = 32;
/** The same for callers that come back under another name: until that is known, none of theirs is recognised. */
const memoryNames = 16;

interface Reservation {
  readonly key: AdmissionKey;
  readonly caller: string | undefined;
  readonly rank: number;
  readonly cost: number;
  readonly tick: Tick;
  readonly toldAtMs: number;
}

/** What was promised for one moment. */
interface Tick {
  readonly dueMs: number;
  readonly open: Set<Reservation>;
  /** How many of them, and what they cost, by rank. */
  readonly count: number[];
  readonly cost: number[];
}

/** What is kept for others: each of `places` jobs, of `cost` together, and `margin` more places of mean cost. */
export interface Kept {
  readonly places: number;
  readonly cost: number;
  readonly margin: number;
}

/**
 * Places promised to the refused. Each refusal is told to come back when a place will be free that was not promised to
 * anybody before, so that those who do as they are told get in, and those who come in between do not take it from them.
 *
 * Promised moments lie on a comb, some places to a tooth. A retry is known by its caller, or else by coming on a tooth:
 * newcomers come at any time and so seldom do. How many of the refused come back is measured, and only as many places
 * are kept: in an open loop, where nobody does, none.
 */
export class Reservations {
  readonly #accounts: KeyAccounts;
  readonly #places: number;
  readonly #maxOpen: number;
  readonly #ticks: LinkedList<Tick> = new LinkedList();
  readonly #byCaller = new Map<string, Set<Reservation>>();
  #open = 0;
  #openCost = 0;
  #showRate = 1;
  /** The part of promises to named callers that these took up under the same name. */
  #callerRate = 1;
  #combMs = 1_000;
  /** Places kept free beside those promised. What is done in a given time varies; how much is learned. */
  #margin = 1;
  #keyStretch = 1;
  /** The part of those who come that come late, as those do who read whole seconds. */
  #lateRate = 0.25;

  /** `places` is how many jobs the queue takes. */
  constructor(accounts: KeyAccounts, places: number) {
    this.#accounts = accounts;
    this.#places = places;
    this.#maxOpen = Math.max(16, 4 * places);
  }

  /** Promises that are neither taken up nor past. */
  get open(): number {
    return this.#open;
  }

  /** The part of the refused that comes back when told to, from 0 to 1. */
  get showRate(): number {
    return this.#showRate;
  }

  /** Promises a place and says in how many milliseconds: after everything that others were promised before. */
  reserve(job: RefusedJob, missing: Missing, pace: Pace, nowMs: number): number {
    this.expire(nowMs);
    const msPerPlace = 1_000 / pace.placesPerSecond;
    // Places that are free now count against those promised: a promise taken up moves both, and so changes nothing.
    const places = Math.max(1, missing.places + this.#showRate * this.#open + this.#margin);
    const workMs = missing.ms + this.#showRate * this.#openCost * pace.msPerCost + this.#margin * msPerPlace;
    return this.#promise(job, Math.max(places * msPerPlace, workMs), pace, nowMs);
  }

  /**
   * Promises a place among those that a key may have: in `freeMs`, when one of its jobs will be done, and no sooner than
   * `apartMs` after what it was promised before. Nothing waits there in between, so that a promise which is early is lost:
   * times are stretched by as much as was learned to be needed, and on the comb only where callers have no names.
   */
  promiseToKey(
    job: RefusedJob,
    { freeMs, apartMs }: { readonly freeMs: number; readonly apartMs: number },
    pace: Pace,
    nowMs: number,
  ): number {
    this.expire(nowMs);
    const afterMs = this.#lastDueTo(job.key.id) - nowMs + this.#keyStretch * this.#showRate * apartMs;
    const waitMs = Math.min(longestAdviceMs, Math.max(1, this.#keyStretch * freeMs, afterMs));
    // One that asks on and on at its limit leaves promises for others.
    const reserved = this.#accounts.get(job.key.id)?.reserved ?? 0;
    if (reserved >= this.#maxOpen / 4) return waitMs;
    if (job.caller === undefined) return this.#promise(job, waitMs, pace, nowMs);
    if (this.#open < this.#maxOpen) this.#add(job, nowMs + waitMs, nowMs);
    return waitMs;
  }

  #promise(job: RefusedJob, waitMs: number, { placesPerSecond }: Pace, nowMs: number): number {
    if (this.#open === 0) this.#combMs = combMs(this.#places, placesPerSecond);
    const dueAtMs = nowMs + Math.min(longestAdviceMs, waitMs);
    const dueMs = Math.ceil(dueAtMs / this.#combMs) * this.#combMs;
    if (this.#open < this.#maxOpen) this.#add(job, dueMs, nowMs);
    return dueMs - nowMs;
  }

  /** Takes up the promise that was made to this caller, or, on a tooth of the comb, to anybody. */
  claim(job: ArrivingJob, nowMs: number): boolean {
    const found = this.#findPromise(job, nowMs);
    if (found === undefined) return false;
    this.#drop(found.reservation);
    const isLate = nowMs - found.reservation.tick.dueMs > lateMs;
    this.#lateRate += (Number(isLate) - this.#lateRate) / memoryOutcomes;
    this.#showRate += (1 - this.#showRate) / memoryOutcomes;
    this.#callerRate += (Number(found.isOwn) - this.#callerRate) / memoryNames;
    return true;
  }

  /** Whether {@link claim} would find something. */
  hasPromise(job: ArrivingJob, nowMs: number): boolean {
    return this.#findPromise(job, nowMs) !== undefined;
  }

  /** Says whether a promise that was taken up could be kept. The margin settles where about one in fifty cannot. */
  noteKept(kept: boolean): void {
    const margin = this.#margin + (kept ? -1 / 50 : 1);
    this.#margin = Math.min(Math.max(1, this.#places / 2), Math.max(1, margin));
  }

  /** The same for a promise within a key's own limits: the stretch settles where about one in twenty-five cannot. */
  noteKeyKept(kept: boolean): void {
    this.#keyStretch = Math.min(2, Math.max(1, this.#keyStretch + (kept ? -1 / 500 : 1 / 20)));
  }

  /** What is kept up to this moment for others of the same class or a higher one. */
  heldUntil(untilMs: number, rank: number, nowMs: number): Kept {
    this.expire(nowMs);
    let places = 0;
    let cost = 0;
    for (let node = this.#ticks.first; node !== undefined && node.value.dueMs <= untilMs; node = node.next) {
      const likely = nowMs - node.value.dueMs > lateMs ? this.#lateRate : 1;
      for (let other = 0; other <= rank; other++) {
        places += likely * node.value.count[other]!;
        cost += likely * node.value.cost[other]!;
      }
    }
    const margin = places === 0 ? 0 : this.#margin * this.#showRate;
    return { places: places * this.#showRate, cost: cost * this.#showRate, margin };
  }

  /** Jobs of this key that are likely to come up to this moment because they were told to. */
  dueToKey(keyId: string, untilMs: number): number {
    let due = 0;
    for (let node = this.#ticks.first; node !== undefined && node.value.dueMs <= untilMs; node = node.next) {
      for (const reservation of node.value.open) if (reservation.key.id === keyId) due++;
    }
    return Math.round(due * this.#showRate);
  }

  /** Drops the promises whose time is past. */
  expire(nowMs: number): void {
    for (let node = this.#ticks.first; node !== undefined; node = node.next) {
      if (node.value.dueMs + holdMs >= nowMs) return;
      for (const reservation of node.value.open) {
        this.#drop(reservation);
        this.#showRate -= this.#showRate / memoryOutcomes;
        if (reservation.caller !== undefined) this.#callerRate -= this.#callerRate / memoryNames;
      }
      this.#ticks.remove(node);
    }
  }

  #findPromise(
    job: ArrivingJob,
    nowMs: number,
  ): { readonly reservation: Reservation; readonly isOwn: boolean } | undefined {
    this.expire(nowMs);
    // Whatever was promised on its connection: that has carried another's job since.
    if (job.arrival === "prompt") return undefined;
    const latestMs = nowMs + earlyMs;
    const own = this.#ownDue(job, latestMs);
    const reservation = own ?? this.#dueTo(job, latestMs, nowMs);
    return reservation === undefined ? undefined : { reservation, isOwn: reservation === own };
  }

  /** One connection may carry jobs of several keys and classes, as behind a proxy: each has its own promises. */
  #ownDue({ key, rank, caller }: RefusedJob, latestMs: number): Reservation | undefined {
    if (caller === undefined) return undefined;
    for (const reservation of this.#byCaller.get(caller) ?? []) {
      const isOwn = reservation.key.id === key.id && reservation.rank === rank;
      if (isOwn && reservation.tick.dueMs <= latestMs) return reservation;
    }
    return undefined;
  }

  /** The last moment that this key was promised; minus infinity where there is none. */
  #lastDueTo(keyId: string): number {
    for (let node = this.#ticks.last; node !== undefined; node = node.previous) {
      for (const { key } of node.value.open) if (key.id === keyId) return node.value.dueMs;
    }
    return Number.NEGATIVE_INFINITY;
  }

  #dueTo(job: ArrivingJob, latestMs: number, nowMs: number): Reservation | undefined {
    // Where callers keep their names, one without a promise of its own is a newcomer unless its connection was at rest.
    const namesHold = job.caller !== undefined && job.arrival === "unknown" && this.#callerRate > reliable;
    for (let node = this.#ticks.first; node !== undefined && node.value.dueMs <= latestMs; node = node.next) {
      for (const reservation of node.value.open) {
        if (namesHold && reservation.caller !== undefined) continue;
        if (reservation.key.id !== job.key.id || reservation.rank !== job.rank) continue;
        if (job.arrival !== "unknown" || isExpected(reservation.tick.dueMs, reservation.toldAtMs, nowMs))
          return reservation;
      }
    }
    return undefined;
  }

  #add({ key, caller, rank, cost }: RefusedJob, dueMs: number, toldAtMs: number): void {
    const tick = this.#tickAt(dueMs);
    const reservation: Reservation = { key, caller, rank, cost, tick, toldAtMs };
    tick.open.add(reservation);
    tick.count[rank]!++;
    tick.cost[rank]! += cost;
    this.#open++;
    this.#openCost += cost;
    this.#accounts.change(key, { reserved: 1 });
    if (caller === undefined) return;
    const same = this.#byCaller.get(caller);
    if (same === undefined) this.#byCaller.set(caller, new Set([reservation]));
    else same.add(reservation);
  }

  #drop(reservation: Reservation): void {
    const { key, caller, rank, cost, tick } = reservation;
    tick.open.delete(reservation);
    tick.count[rank]!--;
    tick.cost[rank]! -= cost;
    this.#open--;
    // Sums of fractions leave crumbs behind.
    this.#openCost = this.#open === 0 ? 0 : this.#openCost - cost;
    this.#accounts.change(key, { reserved: -1 });
    if (caller === undefined) return;
    const same = this.#byCaller.get(caller)!;
    same.delete(reservation);
    if (same.size === 0) this.#byCaller.delete(caller);
  }

  #tickAt(dueMs: number): Tick {
    let node = this.#ticks.last;
    while (node !== undefined && node.value.dueMs > dueMs) node = node.previous;
    if (node?.value.dueMs === dueMs) return node.value;
    const tick: Tick = { dueMs, open: new Set(), count: zeros(), cost: zeros() };
    this.#ticks.insertAfter(node, tick);
    return tick;
  }
}

const zeros = (): number[] => jobClasses.map(() => 0);
