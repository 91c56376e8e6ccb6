import {
  Histogram,
  LineSums,
  toDistribution,
  type Distribution,
  type EncodedHistogram,
  type EncodedLineSums,
  type FittedLine,
} from "@weir/stats";
import { StreamRecorder, type EncodedStreams, type StreamSummary } from "../streams/stream-recorder.ts";
import { LateHistogram } from "../streams/late-histogram.ts";
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

/** Requests that a run's end cut off. */
export interface CutOffSummary {
  /** From when they were due to the end: how long they had lasted at least, in milliseconds. */
  readonly ageMs: Distribution;
  /**
   * Those older than {@link overdueFactor} times the p99 of the answers that came (or their slowest, where there are too
   * few for a p99), and than {@link leastOverdueMs}: what a healthy run leaves behind is younger.
   */
  readonly overdue: number;
}

/** When a request that was cut off had waited for longer than is usual. */
const overdueFactor = 5;
const leastOverdueMs = 1000;

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

/** For how long requests that were cut off had lasted; null where there were none. */
interface EncodedAges {
  readonly service: EncodedHistogram | null;
  readonly response: EncodedHistogram | null;
  readonly lag: EncodedHistogram | null;
}

/** What a recorder has seen, as plain data. */
export interface EncodedOutcomes {
  readonly counts: OutcomeCounts;
  readonly latencyMs: EncodedLatencies;
  readonly agesMs: EncodedAges;
  readonly streams: EncodedStreams;
  readonly bySize: EncodedLineSums;
}

/** Counts and histograms of requests: their size does not depend on how many there are. Exact to merge. */
export class OutcomeRecorder {
  readonly #failures = new FailureTally();
  readonly #serviceMs = new Histogram();
  readonly #responseMs = new Histogram();
  readonly #lagMs = new Histogram();
  readonly #agesMs = {
    service: new LateHistogram(),
    response: new LateHistogram(),
    lag: new LateHistogram(),
  };
  readonly #streams = new StreamRecorder();
  readonly #bySize = new LineSums();
  #completed = 0;
  #cutOff = 0;
  #units = 0;
  #truncated = 0;
  #truncationKnownOf = 0;

  get completed(): number {
    return this.#completed;
  }

  /** Completed or failed. */
  get ended(): number {
    return this.#completed + this.#failures.total;
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
        this.#bySize.add(clocks.requestBytes, clocks.endMs - clocks.sentMs);
        if (outcome.observed !== undefined) this.#streams.record(outcome.observed, clocks);
        break;
      case "failed":
        this.#failures.add(outcome.failure, outcome.message, outcome.body);
        break;
      case "cut-off":
        this.#cutOff += 1;
        this.#agesMs.response.record(clocks.endMs - clocks.dueMs);
        // A service time begins when a request is sent, and a lag ends then.
        if (Number.isNaN(clocks.sentMs)) this.#agesMs.lag.record(clocks.endMs - clocks.dueMs);
        else this.#agesMs.service.record(clocks.endMs - clocks.sentMs);
        if (outcome.observed !== undefined) this.#streams.recordCutOff(outcome.observed, clocks);
        break;
    }
  }

  /** So many requests were due, and still waited for a connection when the run ended. */
  leaveWaiting(ageMs: number, count: number, streams: boolean): void {
    this.#agesMs.response.record(ageMs, count);
    this.#agesMs.lag.record(ageMs, count);
    if (streams) this.#streams.leaveWaiting(ageMs, count);
  }

  /** Null where nothing was cut off, nor still waited to be sent. */
  cutOffs(): CutOffSummary | null {
    const ages = this.#agesMs.response.histogram;
    if (ages === undefined) return null;
    const { p99, max } = toDistribution(this.#responseMs);
    const usualMs = Math.max(leastOverdueMs, overdueFactor * (p99 ?? max ?? 0));
    const overdue = ages.buckets().reduce((sum, [ageMs, count]) => sum + (ageMs > usualMs ? count : 0), 0);
    return { ageMs: toDistribution(ages), overdue };
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

  /** Service times in milliseconds over the bytes of requests; undefined where all were of one size. */
  bySize(): FittedLine | undefined {
    return this.#bySize.fit();
  }

  latencies(): PhaseLatencies {
    return {
      service: toDistribution(this.#serviceMs, this.#agesMs.service.histogram),
      response: toDistribution(this.#responseMs, this.#agesMs.response.histogram),
      lag: toDistribution(this.#lagMs, this.#agesMs.lag.histogram),
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
      agesMs: {
        service: this.#agesMs.service.encode(),
        response: this.#agesMs.response.encode(),
        lag: this.#agesMs.lag.encode(),
      },
      streams: this.#streams.encode(),
      bySize: this.#bySize.encode(),
    };
  }

  merge({ counts, latencyMs, agesMs, streams, bySize }: EncodedOutcomes): void {
    this.#completed += counts.completed;
    this.#failures.merge(counts.failed);
    this.#cutOff += counts.cutOff;
    this.#units += counts.units;
    this.#truncated += counts.truncated.total;
    this.#truncationKnownOf += counts.truncated.knownOf;
    this.mergeLatencies(latencyMs);
    for (const name of ["service", "response", "lag"] as const) this.#agesMs[name].mergeEncoded(agesMs[name]);
    this.#streams.mergeEncoded(streams);
    this.#bySize.merge(bySize);
  }

  mergeLatencies({ service, response, lag }: EncodedLatencies): void {
    this.#serviceMs.merge(Histogram.decode(service));
    this.#responseMs.merge(Histogram.decode(response));
    this.#lagMs.merge(Histogram.decode(lag));
  }
}
