/** At least: jobs are let in only as far as they would be done in time if everything took this much longer. */
const least = 1.25;
const most = 4;
/** One late job adds as much as this many that were in time take away. */
const inTimePerLate = 500;
const step = 0.15;
/** Before anything is known. */
const first = 1.5;

/**
 * How much is added to an estimated wait. The estimate is a mean and knows nothing of what will come and go first, by
 * fair share or by class; how wrong that makes it is learned from what comes too late, and settles where about one job
 * in 500 does.
 */
export class Caution {
  #factor = first;

  get factor(): number {
    return this.#factor;
  }

  /** For jobs that a place was promised to: less, so that the promise holds when the rate wavers. */
  get promisedFactor(): number {
    return 1 + (this.#factor - 1) / 2;
  }

  noteInTime(): void {
    this.#factor = Math.max(least, this.#factor - step / inTimePerLate);
  }

  /** A job waited past its deadline, though the estimate was that it would not. */
  noteLate(): void {
    this.#factor = Math.min(most, this.#factor + step);
  }
}
