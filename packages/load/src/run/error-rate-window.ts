/** The largest share of requests that may fail in a while. */
export interface ErrorRateLimit {
  /** Failed requests among those that ended, above 0 and at most 1. Reaching it ends the run. */
  readonly share: number;
  /** How far back requests count, in milliseconds. Above 0. */
  readonly windowMs: number;
  /** Requests that must have ended in that time before their share means anything. Whole number >= 1. */
  readonly leastCount: number;
}

const steps = 20;
// For each step: which one it is (counted from 1), how many requests ended in it, how many failed.
const cellsPerStep = 3;

/** Cells that a window needs. */
const errorRateCells: number = steps * cellsPerStep;

/**
 * Counts failures over a window that slides by a twentieth of its length. The cells may be shared by threads: a step
 * that two of them begin at the same moment loses at most the requests of that moment.
 */
export class ErrorRateWindow {
  readonly #limit: ErrorRateLimit;
  readonly #cells: Int32Array;

  constructor(limit: ErrorRateLimit, cells: Int32Array = new Int32Array(errorRateCells)) {
    this.#limit = limit;
    this.#cells = cells;
  }

  /**
   * Counts a request that ended, and says what the window held if too many of them failed.
   * @param atMs milliseconds from the run's start
   */
  note(
    failed: boolean,
    atMs: number,
  ): { readonly failures: number; readonly requests: number; readonly windowMs: number } | undefined {
    const cells = this.#cells;
    const { share, windowMs, leastCount } = this.#limit;
    const step = Math.floor((Math.max(0, atMs) * steps) / windowMs) + 1;
    const at = (step % steps) * cellsPerStep;
    const held = Atomics.load(cells, at);
    if (held < step && Atomics.compareExchange(cells, at, held, step) === held) {
      Atomics.store(cells, at + 1, 0);
      Atomics.store(cells, at + 2, 0);
    }
    Atomics.add(cells, at + 1, 1);
    if (!failed) return undefined;
    Atomics.add(cells, at + 2, 1);
    let [requests, failures] = [0, 0];
    for (let place = 0; place < errorRateCells; place += cellsPerStep) {
      if (cells[place]! <= step - steps) continue;
      requests += cells[place + 1]!;
      failures += cells[place + 2]!;
    }
    return requests >= leastCount && failures >= share * requests
      ? { failures, requests, windowMs }
      : undefined;
  }
}
