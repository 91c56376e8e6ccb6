import type { RetryEnd } from "../run/user-host.ts";
import type { RequestClocks } from "./request-clocks.ts";
import { Histogram, toDistribution, type Distribution, type EncodedHistogram } from "@weir/stats";

/** Requests that were sent again. They are in no other figure: counts and latencies are of first attempts. */
export interface RetrySummary {
  /** Requests that were sent again, each once. */
  readonly requests: number;
  /** How often something was sent again. */
  readonly attempts: number;
  /** Requests that failed at first and were answered well later. */
  readonly recovered: number;
  /** Requests that failed every time. */
  readonly givenUp: number;
  /** Requests that the run's end cut off after they had been sent again. */
  readonly cutOff: number;
  /** From when a recovered request was due to the answer that was good, waits between attempts included. */
  readonly responseMs: Distribution;
}

export interface EncodedRetries {
  readonly requests: number;
  readonly cutOff: number;
  readonly attempts: number;
  readonly recovered: number;
  readonly givenUp: number;
  readonly responseMs: EncodedHistogram | null;
}

/** Counts what happens to requests that are sent again. Exact to merge. */
export class RetryRecorder {
  #requests = 0;
  #attempts = 0;
  #cutOff = 0;
  #recovered = 0;
  #givenUp = 0;
  #responseMs: Histogram | undefined;

  /** @param attempt 1 when a request is sent again for the first time */
  attempt(attempt: number): void {
    if (attempt === 1) this.#requests += 1;
    this.#attempts += 1;
  }

  /** A later attempt of a request ended. */
  end({ attempt, dueMs, endMs }: RequestClocks, end: RetryEnd): void {
    if (end === "given-up") this.#givenUp += 1;
    // One that still waited to be sent again was not.
    if (end === "cut-off" && attempt > 0) this.#cutOff += 1;
    if (end !== "recovered") return;
    this.#recovered += 1;
    this.#responseMs ??= new Histogram();
    this.#responseMs.record(endMs - dueMs);
  }

  encode(): EncodedRetries {
    return {
      requests: this.#requests,
      cutOff: this.#cutOff,
      attempts: this.#attempts,
      recovered: this.#recovered,
      givenUp: this.#givenUp,
      responseMs: this.#responseMs?.encode() ?? null,
    };
  }

  merge(other: EncodedRetries): void {
    this.#requests += other.requests;
    this.#cutOff += other.cutOff;
    this.#attempts += other.attempts;
    this.#recovered += other.recovered;
    this.#givenUp += other.givenUp;
    if (other.responseMs === null) return;
    this.#responseMs ??= new Histogram();
    this.#responseMs.merge(Histogram.decode(other.responseMs));
  }

  summarise(): RetrySummary {
    const { requests, attempts, recovered, givenUp, cutOff } = this.encode();
    const responseMs = toDistribution(this.#responseMs ?? new Histogram());
    return { requests, attempts, recovered, givenUp, cutOff, responseMs };
  }
}
