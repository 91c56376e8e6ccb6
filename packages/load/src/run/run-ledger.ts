import type { FailureSignal } from "../recording/phase-recorder.ts";

// Places in the whole numbers; what follows them belongs to the stop rule.
const admittedPlace = 0;
const haltedPlace = 1;
const failurePlace = { warmUp: 2, window: 3 } as const;
const stopRulePlace = 4;

/** Whole numbers that a stop rule keeps, and times beside them. */
const stopRuleCells = 96;
const stopRuleTimes = 3;
/** One worker each. */
const pendingTimes = 256;
const times = stopRuleTimes + pendingTimes;
const bytes = 8 * times + 4 * (stopRulePlace + stopRuleCells);

/**
 * What the workers of a run must agree on while it goes: how many requests were admitted, whether any has failed, and
 * what the stop rule has seen. The numbers lie in memory that all threads share, so a limit holds for all together.
 */
export class RunLedger {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  // 0, which new memory holds, means that there is none: times are kept larger by 1.
  readonly #pendingSinceMs: Float64Array;
  /** For {@link StopRule}. */
  readonly stopCells: Int32Array;
  readonly stopTimesMs: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(bytes)) {
    this.memory = memory;
    this.stopTimesMs = new Float64Array(memory, 0, stopRuleTimes);
    this.#pendingSinceMs = new Float64Array(memory, 8 * stopRuleTimes, pendingTimes);
    this.#cells = new Int32Array(memory, 8 * times);
    this.stopCells = this.#cells.subarray(stopRulePlace);
  }

  get admitted(): number {
    return Atomics.load(this.#cells, admittedPlace);
  }

  /** Takes one of so many places, if any is left. */
  take(limit: number): boolean {
    if (Atomics.add(this.#cells, admittedPlace, 1) < limit) return true;
    Atomics.sub(this.#cells, admittedPlace, 1);
    return false;
  }

  /** A request of the warm-up has taken a place that it may still hold when the window begins, or gives it back. */
  hold(places: 1 | -1): void {
    Atomics.add(this.#cells, admittedPlace, places);
  }

  /** A worker waits for an answer since then, in milliseconds from the start; Infinity: for none. */
  notePending(worker: number, sinceMs: number): void {
    this.#pendingSinceMs[worker] = sinceMs === Infinity ? 0 : Math.max(0, sinceMs) + 1;
  }

  /** The longest that any worker has waited, as far as they said; Infinity where none does. */
  oldestPendingMs(): number {
    let oldestMs = Infinity;
    for (const kept of this.#pendingSinceMs) if (kept > 0 && kept - 1 < oldestMs) oldestMs = kept - 1;
    return oldestMs;
  }

  /** No worker admits anything any more. */
  halt(): void {
    Atomics.store(this.#cells, haltedPlace, 1);
  }

  // A plain read: it costs nothing, and a request that slips through is one that was under way.
  get halted(): boolean {
    return this.#cells[haltedPlace] === 1;
  }

  failureSignal(phase: "warmUp" | "window"): FailureSignal {
    const cells = this.#cells;
    const place = failurePlace[phase];
    return {
      get raised(): boolean {
        return cells[place] === 1;
      },
      raise(): void {
        if (cells[place] !== 1) Atomics.store(cells, place, 1);
      },
    };
  }
}
