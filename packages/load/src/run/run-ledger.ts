import type { FailureSignal } from "../recording/phase-recorder.ts";

// Places in the whole numbers; what follows them belongs to the stop rule.
const admittedPlace = 0;
const haltedPlace = 1;
const failurePlace = { warmUp: 2, window: 3 } as const;
const stopRulePlace = 4;

/** Whole numbers that a stop rule keeps, and times beside them. */
const stopRuleCells = 96;
const stopRuleTimes = 2;
const bytes = 8 * stopRuleTimes + 4 * (stopRulePlace + stopRuleCells);

/**
 * What the workers of a run must agree on while it goes: how many requests were admitted, whether any has failed, and
 * what the stop rule has seen. The numbers lie in memory that all threads share, so a limit holds for all together.
 */
export class RunLedger {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  /** For {@link StopRule}. */
  readonly stopCells: Int32Array;
  readonly stopTimesMs: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(bytes)) {
    this.memory = memory;
    this.stopTimesMs = new Float64Array(memory, 0, stopRuleTimes);
    this.#cells = new Int32Array(memory, 8 * stopRuleTimes);
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
