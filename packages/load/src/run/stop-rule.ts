import { ErrorRateWindow, type ErrorRateLimit } from "./error-rate-window.ts";
import type { RunLedger } from "./run-ledger.ts";

/** Why a run ended before it was meant to. */
export type StopReason =
  /** No connection could be opened, ever. */
  | { readonly kind: "target-unreachable"; readonly failuresInARow: number }
  /** There were answers or connections, but not one request succeeded. */
  | { readonly kind: "nothing-worked"; readonly failuresInARow: number }
  /** It worked, and then there were no answers any more. */
  | { readonly kind: "target-lost"; readonly failuresInARow: number }
  /** It worked, and then every answer was a failure. */
  | { readonly kind: "failing"; readonly failuresInARow: number }
  /** As many requests failed as the plan allows. */
  | { readonly kind: "too-many-failures"; readonly failures: number; readonly failuresInARow: number }
  /** As many requests failed one after the other as the plan allows. */
  | { readonly kind: "too-many-failures-in-a-row"; readonly failuresInARow: number }
  /** A larger share of the requests of the last seconds failed than the plan allows. */
  | {
      readonly kind: "error-rate";
      readonly failures: number;
      /** That ended in the same time. */
      readonly requests: number;
      readonly windowMs: number;
      readonly failuresInARow: number;
    };

/** How many failures end a run. */
export interface FailureBudget {
  /**
   * In all, warm-up included. Whole number. 0: any number, and only a target that cannot be connected to at all ends the
   * run; undefined: any number as long as some requests succeed.
   */
  readonly failures?: number | undefined;
  /** One after the other, over all users. Whole number; 0 and undefined: any number. */
  readonly failuresInARow?: number | undefined;
  /** Of the last seconds. Undefined: any share. */
  readonly errorRate?: ErrorRateLimit | undefined;
}

/** Limits of {@link StopRule}. */
export interface StopLimits {
  /** How long connections must fail from the start before the target counts as unreachable. */
  readonly unreachableAfterMs: number;
  /** How long everything else must fail from the start before the run is given up. */
  readonly nothingWorkedAfterMs: number;
  /** How long a target that worked may be silent: long enough to sit out the restart of a model process. */
  readonly lostAfterMs: number;
}

const defaultStopLimits: StopLimits = {
  unreachableAfterMs: 700,
  nothingWorkedAfterMs: 1000,
  lostAfterMs: 4000,
};

// Places in the ledger's cells.
const total = 0;
const inARow = 1;
const unansweredInARow = 2;
const everSucceeded = 3;
const everConnected = 4;
const errorRatePlace = 5;
const rowSince = 0;
const unansweredSince = 1;
const longestFailure = 2;

/** Where failures never end a run, a target must be out of reach for so many times as long. */
const patienceOfNever = 10;
/** A request in flight for longer than any that failed is one that the server works on. */
const stillWorkedOn = { factor: 1.25, plusMs: 50 } as const;

/**
 * Decides when going on makes no sense: by the plan's own budget of failures, and otherwise only ever on failures in a
 * row, over all users of all workers, that lasted some time. A single success starts a row anew, and while a request is
 * in flight for longer than any of the row took, nothing is decided: a full server refuses at once what it has no room
 * for, and answers the others later. Times are arguments, in milliseconds from the run's start; what was seen lies in
 * the run's ledger.
 */
export class StopRule {
  readonly #cells: Int32Array;
  readonly #timesMs: Float64Array;
  readonly #users: number;
  readonly #limits: StopLimits;
  readonly #budget: FailureBudget;
  readonly #errorRate: ErrorRateWindow | undefined;
  readonly #oldestPendingMs: () => number;

  /** @param oldestPendingMs when the request was sent that is in flight for longest; Infinity where none is */
  constructor(
    ledger: RunLedger,
    users: number,
    limits: StopLimits = defaultStopLimits,
    budget: FailureBudget = {},
    oldestPendingMs: () => number = () => Infinity,
  ) {
    this.#cells = ledger.stopCells;
    this.#timesMs = ledger.stopTimesMs;
    this.#users = users;
    this.#limits = limits;
    this.#budget = budget;
    this.#oldestPendingMs = oldestPendingMs;
    if (budget.errorRate !== undefined)
      this.#errorRate = new ErrorRateWindow(budget.errorRate, ledger.stopCells.subarray(errorRatePlace));
  }

  // Reads before it writes: while all goes well the threads' caches share these numbers and nothing is sent between them.
  succeeded(atMs: number): void {
    const cells = this.#cells;
    if (cells[everSucceeded] === 0) Atomics.store(cells, everSucceeded, 1);
    if (cells[inARow] !== 0) Atomics.store(cells, inARow, 0);
    if (cells[unansweredInARow] !== 0) Atomics.store(cells, unansweredInARow, 0);
    this.#errorRate?.note(false, atMs);
  }

  /**
   * @param lostBy whether no connection could be opened, an open one gave no answer, or the answer was no good
   * @param tookMs from when it was sent; not a number where it was not
   */
  failed(
    lostBy: "no-connection" | "no-answer" | "bad-answer",
    atMs: number,
    tookMs = 0,
  ): StopReason | undefined {
    const cells = this.#cells;
    const row = Atomics.add(cells, inARow, 1) + 1;
    if (row === 1) {
      this.#timesMs[rowSince] = atMs;
      this.#timesMs[longestFailure] = 0;
    }
    if (tookMs > this.#timesMs[longestFailure]!) this.#timesMs[longestFailure] = tookMs;
    if (lostBy !== "no-connection") Atomics.store(cells, everConnected, 1);
    if (lostBy === "bad-answer") Atomics.store(cells, unansweredInARow, 0);
    else if (Atomics.add(cells, unansweredInARow, 1) === 0) this.#timesMs[unansweredSince] = atMs;
    const failures = Atomics.add(cells, total, 1) + 1;
    return (
      this.#judgeBudget(failures, row) ??
      this.#judgeErrorRate(atMs, row) ??
      (cells[everSucceeded] === 1 ? this.#judgeLater(atMs, row) : this.#judgeFromStart(atMs, row))
    );
  }

  #judgeBudget(failures: number, failuresInARow: number): StopReason | undefined {
    if (failures === this.#budget.failures) return { kind: "too-many-failures", failures, failuresInARow };
    return failuresInARow === this.#budget.failuresInARow
      ? { kind: "too-many-failures-in-a-row", failuresInARow }
      : undefined;
  }

  #judgeErrorRate(atMs: number, failuresInARow: number): StopReason | undefined {
    const seen = this.#errorRate?.note(true, atMs);
    return seen === undefined ? undefined : { kind: "error-rate", ...seen, failuresInARow };
  }

  #judgeFromStart(atMs: number, failuresInARow: number): StopReason | undefined {
    const lastedMs = atMs - this.#timesMs[rowSince]!;
    if (this.#cells[everConnected] === 0) {
      const patience = this.#neverByFailures ? patienceOfNever : 1;
      return failuresInARow >= 3 && lastedMs >= this.#limits.unreachableAfterMs * patience
        ? { kind: "target-unreachable", failuresInARow }
        : undefined;
    }
    if (this.#neverByFailures || failuresInARow < 5 || lastedMs < this.#limits.nothingWorkedAfterMs)
      return undefined;
    return this.#isWorkedOn(atMs) ? undefined : { kind: "nothing-worked", failuresInARow };
  }

  #judgeLater(atMs: number, failuresInARow: number): StopReason | undefined {
    if (this.#neverByFailures) return undefined;
    const unanswered = this.#cells[unansweredInARow]!;
    const lostAfterMs = this.#limits.lostAfterMs;
    const lost =
      unanswered >= Math.max(5, this.#users) && atMs - this.#timesMs[unansweredSince]! >= lostAfterMs;
    const failing =
      failuresInARow >= Math.max(100, 5 * this.#users) && atMs - this.#timesMs[rowSince]! >= lostAfterMs;
    if (!(lost || failing) || this.#isWorkedOn(atMs)) return undefined;
    return lost ? { kind: "target-lost", failuresInARow: unanswered } : { kind: "failing", failuresInARow };
  }

  get #neverByFailures(): boolean {
    return this.#budget.failures === 0;
  }

  #isWorkedOn(atMs: number): boolean {
    const longestMs = this.#timesMs[longestFailure]! * stillWorkedOn.factor + stillWorkedOn.plusMs;
    return atMs - this.#oldestPendingMs() > longestMs;
  }
}
