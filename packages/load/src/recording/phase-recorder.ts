import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import { FailureTally, type FailureSummary } from "./failure-tally.ts";
import { StreamRecorder, type StreamSummary } from "../streams/stream-recorder.ts";
import type { RequestClocks, RequestOutcome } from "./request-clocks.ts";

/** What happened in one phase of a run. A request belongs to the phase in which it ended. */
export interface PhaseCounts {
  /** Requests that came due. */
  readonly offered: number;
  /** Requests handed to a socket. */
  readonly sent: number;
  readonly completed: number;
  readonly failed: FailureSummary;
  /** In flight when the run ended. */
  readonly cutOff: number;
  /** Units of completed requests. */
  readonly units: number;
  /** Units that the server says it cut, among those it says anything about. */
  readonly truncated: { readonly total: number; readonly knownOf: number };
}

/** Latency of completed requests in milliseconds: response = lag + service. */
export interface PhaseLatencies {
  readonly service: Distribution;
  readonly response: Distribution;
  readonly lag: Distribution;
}

/** A phase as it was when its first request failed. */
export interface PhaseBeforeFailure {
  /** `performance.now()` of the failure. */
  readonly atMs: number;
  readonly completed: number;
  readonly units: number;
  readonly latencyMs: PhaseLatencies;
}

/** Counts and histograms of one phase: their size does not depend on how many requests there are. */
export class PhaseRecorder {
  readonly #failures = new FailureTally();
  readonly #serviceMs = new Histogram();
  readonly #responseMs = new Histogram();
  readonly #lagMs = new Histogram();
  readonly #streams = new StreamRecorder();
  #offered = 0;
  #sent = 0;
  #completed = 0;
  #cutOff = 0;
  #units = 0;
  #truncated = 0;
  #truncationKnownOf = 0;
  #beforeFailure: PhaseBeforeFailure | undefined;

  /** Undefined while nothing has failed. */
  get beforeFailure(): PhaseBeforeFailure | undefined {
    return this.#beforeFailure;
  }

  get completed(): number {
    return this.#completed;
  }

  get failed(): number {
    return this.#failures.total;
  }

  get units(): number {
    return this.#units;
  }

  get responseMs(): Histogram {
    return this.#responseMs;
  }

  /** Undefined where nothing streams. */
  get ttftMs(): Histogram | undefined {
    return this.#streams.ttftMs;
  }

  /** How many failed, by kind, the most frequent first. */
  failuresByKind(): Readonly<Record<string, number>> {
    return this.#failures.countByKind();
  }

  offer(): void {
    this.#offered += 1;
  }

  send(): void {
    this.#sent += 1;
  }

  end(clocks: RequestClocks, outcome: RequestOutcome): void {
    switch (outcome.kind) {
      case "completed":
        this.#completed += 1;
        this.#units += outcome.units;
        if (outcome.truncated !== undefined) {
          this.#truncated += outcome.truncated;
          this.#truncationKnownOf += outcome.units;
        }
        this.#serviceMs.record(clocks.endMs - clocks.sentMs);
        this.#responseMs.record(clocks.endMs - clocks.dueMs);
        this.#lagMs.record(clocks.sentMs - clocks.dueMs);
        if (outcome.observed !== undefined) this.#streams.record(outcome.observed, clocks);
        break;
      case "failed":
        this.#beforeFailure ??= {
          atMs: clocks.endMs,
          completed: this.#completed,
          units: this.#units,
          latencyMs: this.latencies(),
        };
        this.#failures.add(outcome.failure, outcome.message, outcome.body);
        break;
      case "cut-off":
        this.#cutOff += 1;
        break;
    }
  }

  counts(): PhaseCounts {
    return {
      offered: this.#offered,
      sent: this.#sent,
      completed: this.#completed,
      failed: this.#failures.summarise(),
      cutOff: this.#cutOff,
      units: this.#units,
      truncated: { total: this.#truncated, knownOf: this.#truncationKnownOf },
    };
  }

  streams(): StreamSummary {
    return this.#streams.summarise();
  }

  latencies(): PhaseLatencies {
    return {
      service: toDistribution(this.#serviceMs),
      response: toDistribution(this.#responseMs),
      lag: toDistribution(this.#lagMs),
    };
  }
}
