/** Jobs over which the moving means run. */
const memoryJobs = 64;

/** Service time assumed until the first job was finished, in milliseconds. */
export const assumedServiceMs = 1_000;
/** The fastest job is looked for among the last ones: this many, and up to twice as many. */
const fastestOfJobs = 512;

/** How fast the model works when it has work. */
export interface MeasuredRate {
  /** All slots together. */
  readonly costPerSecond: number;
  readonly jobsPerSecond: number;
  /** Mean time that a job has a slot. */
  readonly serviceMs: number;
  /** Slot time that one unit of cost takes. */
  readonly msPerCost: number;
  /** Time that one unit of cost took in the fastest of the last jobs: none takes less than about that. */
  readonly leastMsPerCost: number;
}

/**
 * The service rate, measured over busy time alone: a pause tells how slow the clients are, not the model. It is the
 * ratio of the exponentially weighted means of cost and of slot time over finished jobs, times the slots. With all slots
 * busy, which is when anybody has to wait, this is the throughput exactly (Little's law), whether slots run beside each
 * other or queue up inside a replica.
 */
export class ServiceRate {
  #jobs = 0;
  #meanCost = 0;
  #meanSlotMs = 0;
  #fastest = Number.POSITIVE_INFINITY;
  #fastestBefore = Number.POSITIVE_INFINITY;

  /**
   * A job of this cost was finished and has used this much slot time. `tookMs` is how long it ran, where that tells how
   * fast one can be: one that was cut short does not.
   */
  note(cost: number, slotMs: number, tookMs: number | undefined): void {
    if (tookMs !== undefined) this.#fastest = Math.min(this.#fastest, tookMs / cost);
    if (this.#jobs % fastestOfJobs === 0 && this.#jobs > 0) {
      this.#fastestBefore = this.#fastest;
      this.#fastest = Number.POSITIVE_INFINITY;
    }
    this.#jobs++;
    // The first ones count alike: an empty mean has nothing to hold against them.
    const weight = Math.max(1 / this.#jobs, 1 / memoryJobs);
    this.#meanCost += weight * (cost - this.#meanCost);
    this.#meanSlotMs += weight * (slotMs - this.#meanSlotMs);
  }

  /** Mean time that a job has a slot, or a guess before the first was finished. */
  get serviceMs(): number {
    return this.at(1)?.serviceMs ?? assumedServiceMs;
  }

  get #leastMsPerCost(): number {
    const least = Math.min(this.#fastest, this.#fastestBefore);
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }

  /** Undefined before the first job was finished. */
  at(slots: number): MeasuredRate | undefined {
    if (this.#jobs === 0) return undefined;
    const slotMs = Math.max(this.#meanSlotMs, 0.001);
    return {
      costPerSecond: (this.#meanCost * slots * 1_000) / slotMs,
      jobsPerSecond: (slots * 1_000) / slotMs,
      serviceMs: slotMs,
      msPerCost: slotMs / this.#meanCost,
      leastMsPerCost: this.#leastMsPerCost,
    };
  }
}
