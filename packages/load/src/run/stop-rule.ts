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
  | { readonly kind: "too-many-failures-in-a-row"; readonly failuresInARow: number };

/** How many failures end a run. */
export interface FailureBudget {
  /** In all, warm-up included. Whole number; 0 and undefined: any number. */
  readonly failures?: number | undefined;
  /** One after the other, over all users. Whole number; 0 and undefined: any number. */
  readonly failuresInARow?: number | undefined;
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

/**
 * Decides when going on makes no sense: by the plan's own budget of failures, and otherwise only ever on failures in a
 * row, over all users, that lasted some time. A single success starts a row anew. Pure: times are arguments.
 */
export class StopRule {
  readonly #users: number;
  readonly #limits: StopLimits;
  readonly #budget: FailureBudget;
  #total = 0;
  #everSucceeded = false;
  #everConnected = false;
  #inARow = 0;
  #unansweredInARow = 0;
  #rowSinceMs = 0;
  #unansweredSinceMs = 0;

  constructor(users: number, limits: StopLimits = defaultStopLimits, budget: FailureBudget = {}) {
    this.#users = users;
    this.#limits = limits;
    this.#budget = budget;
  }

  succeeded(): void {
    this.#everSucceeded = true;
    this.#inARow = 0;
    this.#unansweredInARow = 0;
  }

  /** @param lostBy whether no connection could be opened, an open one gave no answer, or the answer was no good */
  failed(lostBy: "no-connection" | "no-answer" | "bad-answer", atMs: number): StopReason | undefined {
    if (this.#inARow === 0) this.#rowSinceMs = atMs;
    this.#inARow += 1;
    if (lostBy !== "no-connection") this.#everConnected = true;
    if (lostBy === "bad-answer") this.#unansweredInARow = 0;
    else {
      if (this.#unansweredInARow === 0) this.#unansweredSinceMs = atMs;
      this.#unansweredInARow += 1;
    }
    this.#total += 1;
    return this.#judgeBudget() ?? (this.#everSucceeded ? this.#judgeLater(atMs) : this.#judgeFromStart(atMs));
  }

  #judgeBudget(): StopReason | undefined {
    const { failures, failuresInARow } = this.#budget;
    if (this.#total === failures)
      return { kind: "too-many-failures", failures, failuresInARow: this.#inARow };
    return this.#inARow === failuresInARow
      ? { kind: "too-many-failures-in-a-row", failuresInARow }
      : undefined;
  }

  #judgeFromStart(atMs: number): StopReason | undefined {
    const lastedMs = atMs - this.#rowSinceMs;
    const failuresInARow = this.#inARow;
    if (!this.#everConnected)
      return failuresInARow >= 3 && lastedMs >= this.#limits.unreachableAfterMs
        ? { kind: "target-unreachable", failuresInARow }
        : undefined;
    return failuresInARow >= 5 && lastedMs >= this.#limits.nothingWorkedAfterMs
      ? { kind: "nothing-worked", failuresInARow }
      : undefined;
  }

  #judgeLater(atMs: number): StopReason | undefined {
    const unanswered = this.#unansweredInARow;
    if (unanswered >= Math.max(5, this.#users) && atMs - this.#unansweredSinceMs >= this.#limits.lostAfterMs)
      return { kind: "target-lost", failuresInARow: unanswered };
    const failuresInARow = this.#inARow;
    return failuresInARow >= Math.max(100, 5 * this.#users) &&
      atMs - this.#rowSinceMs >= this.#limits.lostAfterMs
      ? { kind: "failing", failuresInARow }
      : undefined;
  }
}
