import { WeirError } from "@weir/protocol";
import { AdmissionCore } from "./admission-core.ts";
import type { AdmissionOptions } from "./admission-options.ts";
import type { AdmissionStats } from "./admission-stats.ts";
import { isRefusalCertain } from "./certain-refusal.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { AdmissionJob, Ticket } from "./job.ts";
import { createCancelledError, type Permit } from "./permit.ts";
import { createDeadlineError, toRefusalError } from "./refusal.ts";

/** A job at the edge: waiting for its permit, or having it. */
interface Pending {
  readonly grant: (permit: Permit) => void;
  readonly fail: (error: WeirError) => void;
  /** Stops listening to the client. */
  readonly unlisten: () => void;
  readonly abort: AbortController;
}

/** Admission to one model: {@link AdmissionCore} with promises, signals and one timer around it. */
export class Admission {
  readonly name: string;
  readonly #core: AdmissionCore;
  readonly #clock: Clock;
  readonly #pending = new Map<Ticket, Pending>();
  readonly #onIdle = new Set<() => void>();
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #drained: Promise<void> | undefined;

  /** `name` is the model's, as messages show it. */
  constructor(name: string, options: AdmissionOptions = {}, clock: Clock = systemClock) {
    this.name = name;
    this.#core = new AdmissionCore(options);
    this.#clock = clock;
  }

  /** Jobs waiting and running. */
  get jobsHeld(): number {
    return this.#core.jobsHeld;
  }

  /** Whether the queue is at its high-water mark. */
  get isCrowded(): boolean {
    return this.#core.isCrowded;
  }

  stats(): AdmissionStats {
    return this.#core.stats(this.#clock.nowMs());
  }

  /**
   * Refuses a job before its cost is known, where it would be refused whatever it costs: what is large need not be read
   * then. Undefined where that depends. A refusal counts, and keeps a place, as one of {@link admit} does.
   */
  refuseAhead(job: Omit<AdmissionJob, "cost">): WeirError | undefined {
    const nowMs = this.#clock.nowMs();
    this.#expire(nowMs);
    if (!isRefusalCertain(this.#core.situation, job, nowMs)) return undefined;
    const offer = this.#core.offer({ ...job, cost: 0 }, nowMs);
    if (offer.kind === "refused") return toRefusalError(offer.refusal, this.name);
    throw new Error("a job was let in although every place was taken");
  }

  /**
   * Waits until the job may run. Rejects with a WeirError: RATE_LIMITED, QUEUE_FULL, DEADLINE_UNREACHABLE or NOT_READY
   * at once or when it loses its place, all with `retryAfterMs`; DEADLINE_EXCEEDED and CANCELLED while it waits.
   */
  admit(job: AdmissionJob, signal: AbortSignal): Promise<Permit> {
    if (signal.aborted) return Promise.reject(createCancelledError(this.name));
    const nowMs = this.#clock.nowMs();
    // What is late must not count as waiting when room is looked for.
    this.#expire(nowMs);
    const offer = this.#core.offer(job, nowMs);
    if (offer.kind === "refused") return Promise.reject(toRefusalError(offer.refusal, this.name));
    for (const { ticket, refusal } of offer.displaced) this.#fail(ticket, toRefusalError(refusal, this.name));
    const { ticket } = offer;
    const permit = new Promise<Permit>((resolve, reject) => {
      const onAbort = () => this.#cancel(ticket);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(ticket, {
        grant: resolve,
        fail: reject,
        unlisten: () => signal.removeEventListener("abort", onAbort),
        abort: new AbortController(),
      });
    });
    this.#dispatch();
    return permit;
  }

  /**
   * Admits, runs and releases. Rejects with what `work` rejects with, or as soon as the permit's signal fires with the
   * reason of that; the slot is released when `work` has ended in either case.
   */
  async run<T>(job: AdmissionJob, signal: AbortSignal, work: (permit: Permit) => Promise<T>): Promise<T> {
    const permit = await this.admit(job, signal);
    return new Promise<T>((resolve, reject) => {
      permit.signal.addEventListener("abort", () => reject(permit.signal.reason), { once: true });
      const runToEnd = async (): Promise<void> => {
        let outcome: "completed" | "failed" = "failed";
        try {
          resolve(await work(permit));
          outcome = "completed";
        } catch (error) {
          // Work that was stopped says only that it was; the signal knows why. It may have fired before anybody listened.
          reject(permit.signal.aborted ? permit.signal.reason : error);
        } finally {
          permit.release(outcome);
        }
      };
      void runToEnd();
    });
  }

  /**
   * A job was timed outside of admission, at warm-up say: advice and deadlines are right from the first request on.
   * `serviceMs` is the time that it would have a slot with all slots busy, `aloneMs` what it took with nothing beside it.
   */
  noteService(cost: number, serviceMs: number, aloneMs: number): void {
    this.#core.noteService(cost, serviceMs, aloneMs);
  }

  /**
   * What the backend takes at once from now on: ready replicas times what each takes; 0 while none is ready. And what fills
   * a slot, as in {@link AdmissionOptions}.
   */
  setSlots(slots: number, slotCost?: number): void {
    this.#core.setSlots(slots, slotCost);
    this.#dispatch();
  }

  /** What they wait for will not come: the jobs that wait fail with that, and those that come later are let in as ever. */
  failWaiting(error: WeirError): void {
    for (const { ticket } of this.#core.dropAllWaiting()) this.#fail(ticket, error);
    this.#setTimer();
  }

  /**
   * Lets nothing more in and resolves when all work is done. What still waits after `timeoutMs` fails with NOT_READY, the
   * signals of what still runs fire, and it resolves then.
   */
  drain(timeoutMs: number): Promise<void> {
    this.#drained ??= this.#drain(timeoutMs);
    return this.#drained;
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#core.close();
    const giveUp = this.#clock.after(timeoutMs, () => {
      for (const { ticket, refusal } of this.#core.dropAllWaiting()) {
        this.#fail(ticket, toRefusalError(refusal, this.name));
      }
      const why = `model ${this.name} was stopped while the request ran`;
      const error = new WeirError("NOT_READY", why, { retryAfterMs: 1_000 });
      for (const { abort } of this.#pending.values()) abort.abort(error);
      // Whoever asked is answered. An engine that is still at it ends with its process.
      this.#tellIdle();
    });
    try {
      if (this.#pending.size > 0) await new Promise<void>((resolve) => this.#onIdle.add(resolve));
    } finally {
      giveUp();
    }
  }

  #dispatch(): void {
    const nowMs = this.#clock.nowMs();
    this.#expire(nowMs);
    for (let ticket = this.#core.next(nowMs); ticket !== undefined; ticket = this.#core.next(nowMs)) {
      this.#pending.get(ticket)!.grant(this.#createPermit(ticket, nowMs));
    }
    this.#setTimer();
  }

  #createPermit(ticket: Ticket, startedAtMs: number): Permit {
    const { signal } = this.#pending.get(ticket)!.abort;
    let serviceMs: number | undefined;
    return {
      rank: ticket.rank,
      queueMs: startedAtMs - ticket.admittedAtMs,
      leftMs: () => ticket.deadlineAtMs - this.#clock.nowMs(),
      signal,
      correctCost: (cost) => this.#core.correctCost(ticket, cost),
      notePart: () => {
        this.#core.notePart(ticket, this.#clock.nowMs());
        this.#setTimer();
      },
      takeIdleSlots: (most) => this.#core.takeIdleSlots(ticket, most, this.#clock.nowMs()),
      giveSlots: (count) => {
        this.#core.giveSlots(ticket, count, this.#clock.nowMs());
        this.#dispatch();
      },
      release: (outcome) => {
        if (serviceMs !== undefined) return serviceMs;
        const nowMs = this.#clock.nowMs();
        serviceMs = nowMs - startedAtMs;
        this.#core.finish(ticket, signal.aborted ? "abandoned" : outcome, nowMs);
        this.#forget(ticket);
        this.#dispatch();
        return serviceMs;
      },
    };
  }

  #cancel(ticket: Ticket): void {
    const { kind } = ticket.phase;
    if (kind === "gone" || this.#pending.get(ticket)!.abort.signal.aborted) return;
    const error = createCancelledError(this.name);
    this.#core.cancel(ticket);
    if (kind === "waiting") this.#fail(ticket, error);
    else this.#pending.get(ticket)!.abort.abort(error);
    this.#setTimer();
  }

  #expire(nowMs: number): void {
    for (const { ticket, phase } of this.#core.expire(nowMs)) {
      const error = createDeadlineError(this.name, nowMs - ticket.admittedAtMs, phase);
      if (phase === "waiting") this.#fail(ticket, error);
      else this.#pending.get(ticket)!.abort.abort(error);
    }
  }

  /** One that waits gets no permit. */
  #fail(ticket: Ticket, error: WeirError): void {
    this.#pending.get(ticket)!.fail(error);
    this.#forget(ticket);
  }

  #forget(ticket: Ticket): void {
    this.#pending.get(ticket)!.unlisten();
    this.#pending.delete(ticket);
    if (this.#pending.size === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle) resolve();
    this.#onIdle.clear();
  }

  /** One timer for the earliest deadline. One that fires too early finds nothing to do and costs less than moving it. */
  #setTimer(): void {
    const atMs = this.#core.nextDeadlineMs;
    if (atMs === Number.POSITIVE_INFINITY) {
      this.#timer?.cancel();
      this.#timer = undefined;
      return;
    }
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, Math.ceil(atMs - this.#clock.nowMs())), () => {
      this.#timer = undefined;
      this.#dispatch();
    });
    this.#timer = { atMs, cancel };
  }
}
