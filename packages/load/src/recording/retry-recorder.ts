import { Histogram, toDistribution, type Distribution, type EncodedHistogram } from "@weir/stats";

/** Requests that were sent again. They are in no other figure: counts and latencies are of first attempts. */
export interface RetrySummary {
  /** How often something was sent again. */
  readonly attempts: number;
  /** Requests that failed at first and were answered well later. */
  readonly recovered: number;
  /** Requests that failed every time. */
  readonly givenUp: number;
  /** From when a recovered request was due to the answer that was good, waits between attempts included. */
  readonly responseMs: Distribution;
}

export interface EncodedRetries {
  readonly attempts: number;
  readonly recovered: number;
  readonly givenUp: number;
  readonly responseMs: EncodedHistogram | null;
}

/** Counts what happens to requests that are sent again. Exact to merge. */
export class RetryRecorder {
  #attempts = 0;
  #recovered = 0;
  #givenUp = 0;
  #responseMs: Histogram | undefined;

  attempt(): void {
    this.#attempts += 1;
  }

  giveUp(): void {
    this.#givenUp += 1;
  }

  recover(responseMs: number): void {
    this.#recovered += 1;
    this.#responseMs ??= new Histogram();
    this.#responseMs.record(responseMs);
  }

  encode(): EncodedRetries {
    return {
      attempts: this.#attempts,
      recovered: this.#recovered,
      givenUp: this.#givenUp,
      responseMs: this.#responseMs?.encode() ?? null,
    };
  }

  merge(other: EncodedRetries): void {
    this.#attempts += other.attempts;
    this.#recovered += other.recovered;
    this.#givenUp += other.givenUp;
    if (other.responseMs === null) return;
    this.#responseMs ??= new Histogram();
    this.#responseMs.merge(Histogram.decode(other.responseMs));
  }

  summarise(): RetrySummary {
    const { attempts, recovered, givenUp } = this.encode();
    return { attempts, recovered, givenUp, responseMs: toDistribution(this.#responseMs ?? new Histogram()) };
  }
}
