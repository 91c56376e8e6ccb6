import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import type { AnswerObservation } from "./answer-observation.ts";

/** What completed answers showed beyond their ends, in milliseconds. Null where nothing of the kind was seen. */
export interface StreamSummary {
  /** Time to first token, from when the request was sent. */
  readonly ttftMs: Distribution | null;
  /** The same from when it was due: what a user feels where there is a schedule. */
  readonly ttftFromDueMs: Distribution | null;
  /** Time to first visible output. */
  readonly ttfoMs: Distribution | null;
  /** (last token - first token) / (output tokens - 1), one value a request. */
  readonly tpotMs: Distribution | null;
  /** Time between chunks with content, of all requests together. A chunk may hold several tokens. */
  readonly chunkGapMs: Distribution | null;
  /** How long the server says it took. */
  readonly serverMs: Distribution | null;
  /** Answers in which the server counted its output tokens. */
  readonly usageKnownOf: number;
}

/** Histograms of streams; their size does not depend on how many there are. Exact to merge. */
export class StreamRecorder {
  readonly #ttftMs = new LateHistogram();
  readonly #ttftFromDueMs = new LateHistogram();
  readonly #ttfoMs = new LateHistogram();
  readonly #tpotMs = new LateHistogram();
  readonly #chunkGapMs = new LateHistogram();
  readonly #serverMs = new LateHistogram();
  #usageKnownOf = 0;

  /** Undefined where nothing streams. */
  get ttftMs(): Histogram | undefined {
    return this.#ttftMs.histogram;
  }

  /** Notes a completed answer. `clocks` are those of its request. */
  record(observed: AnswerObservation, clocks: { readonly dueMs: number; readonly sentMs: number }): void {
    const { firstTokenMs, lastTokenMs, outputTokens } = observed;
    this.#serverMs.record(observed.serverMs);
    if (!Number.isNaN(outputTokens)) this.#usageKnownOf += 1;
    if (Number.isNaN(firstTokenMs)) return;
    this.#ttftMs.record(firstTokenMs - clocks.sentMs);
    this.#ttftFromDueMs.record(firstTokenMs - clocks.dueMs);
    this.#ttfoMs.record(observed.firstOutputMs - clocks.sentMs);
    if (outputTokens >= 2) this.#tpotMs.record((lastTokenMs - firstTokenMs) / (outputTokens - 1));
    for (const gapMs of observed.gapsMs) this.#chunkGapMs.record(gapMs);
  }

  merge(other: StreamRecorder): void {
    this.#ttftMs.merge(other.#ttftMs);
    this.#ttftFromDueMs.merge(other.#ttftFromDueMs);
    this.#ttfoMs.merge(other.#ttfoMs);
    this.#tpotMs.merge(other.#tpotMs);
    this.#chunkGapMs.merge(other.#chunkGapMs);
    this.#serverMs.merge(other.#serverMs);
    this.#usageKnownOf += other.#usageKnownOf;
  }

  summarise(): StreamSummary {
    return {
      ttftMs: this.#ttftMs.summarise(),
      ttftFromDueMs: this.#ttftFromDueMs.summarise(),
      ttfoMs: this.#ttfoMs.summarise(),
      tpotMs: this.#tpotMs.summarise(),
      chunkGapMs: this.#chunkGapMs.summarise(),
      serverMs: this.#serverMs.summarise(),
      usageKnownOf: this.#usageKnownOf,
    };
  }
}

/** A histogram that takes no memory until there is something in it. What is not a number is nothing. */
class LateHistogram {
  #histogram: Histogram | undefined;

  get histogram(): Histogram | undefined {
    return this.#histogram;
  }

  record(valueMs: number): void {
    if (Number.isNaN(valueMs)) return;
    this.#histogram ??= new Histogram();
    this.#histogram.record(valueMs);
  }

  merge(other: LateHistogram): void {
    if (other.#histogram === undefined) return;
    this.#histogram ??= new Histogram();
    this.#histogram.merge(other.#histogram);
  }

  summarise(): Distribution | null {
    return this.#histogram === undefined ? null : toDistribution(this.#histogram);
  }
}
