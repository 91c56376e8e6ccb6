import { Histogram, toDistribution, type Distribution, type EncodedHistogram } from "@weir/stats";
import { StreamRecorder, type EncodedStreams, type StreamSummary } from "../streams/stream-recorder.ts";
import { FailureTally, type FailureSummary } from "./failure-tally.ts";
import type { RequestClocks, RequestOutcome } from "./request-clocks.ts";

/** How requests ended. */
export interface OutcomeCounts {
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

export interface EncodedLatencies {
  readonly service: EncodedHistogram;
  readonly response: EncodedHistogram;
  readonly lag: EncodedHistogram;
}

/** What a recorder has seen, as plain data. */
export interface EncodedOutcomes {
  readonly counts: OutcomeCounts;
  readonly latencyMs: EncodedLatencies;
  readonly streams: EncodedStreams;
}

/** Counts and histograms of requests: their size does not depend on how many there are. Exact to merge. */
export class OutcomeRecorder {
  readonly #failures = new FailureTally();
  readonly #serviceMs = new Histogram();
  readonly #responseMs = new Histogram();
  readonly #lagMs = new Histogram();
  readonly #streams = new StreamRecorder();
  #completed = 0;
  #cutOff = 0;
  #units = 0;
  #truncated = 0;
  #truncationKnownOf = 0;

  get completed(): number {
    return this.#completed;
  }

  get units(): number {
    return this.#units;
  }

  get failures(): FailureTally {
    return this.#failures;
  }

  get responseMs(): Histogram {
    return this.#responseMs;
  }

  /** Undefined where nothing streams. */
  get ttftMs(): Histogram | undefined {
    return this.#streams.ttftMs;
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
        this.#failures.add(outcome.failure, outcome.message, outcome.body);
        break;
      case "cut-off":
        this.#cutOff += 1;
        break;
    }
  }

  counts(): OutcomeCounts {
    return {
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

  encodeLatencies(): EncodedLatencies {
    return {
      service: this.#serviceMs.encode(),
      response: this.#responseMs.encode(),
      lag: this.#lagMs.encode(),
    };
  }

  encode(): EncodedOutcomes {
    return {
      counts: this.counts(),
      latencyMs: this.encodeLatencies(),
      streams: this.#streams.encode(),
    };
  }

  merge({ counts, latencyMs, streams }: EncodedOutcomes): void {
    this.#completed += counts.completed;
    this.#failures.merge(counts.failed);
    this.#cutOff += counts.cutOff;
    this.#units += counts.units;
    this.#truncated += counts.truncated.total;
    this.#truncationKnownOf += counts.truncated.knownOf;
    this.mergeLatencies(latencyMs);
    this.#streams.mergeEncoded(streams);
  }

  mergeLatencies({ service, response, lag }: EncodedLatencies): void {
    this.#serviceMs.merge(Histogram.decode(service));
    this.#responseMs.merge(Histogram.decode(response));
    this.#lagMs.merge(Histogram.decode(lag));
  }
}
