import type { Distribution, EncodedHistogram, Histogram } from "@weir/stats";
import type { AnswerObservation } from "./answer-observation.ts";
import { LateHistogram } from "./late-histogram.ts";

/** What is recorded of streams as distributions, in milliseconds. */
const times = [
  "ttftMs",
  "ttftFromDueMs",
  "ttfoMs",
  "tpotMs",
  "chunkGapMs",
  "firstToolCallMs",
  "completeToolCallMs",
  "serverMs",
  "serverQueueMs",
  "serverInferenceMs",
  "serverRestMs",
] as const;

type TimeName = (typeof times)[number];

/** For how long those had waited in vain that were cut off, under the name of what they waited for. */
const waits = ["ttftMs", "ttftFromDueMs", "ttfoMs"] as const;

type WaitName = (typeof waits)[number];

const coarseClockMs = 1;

/** Tokens as servers counted them, summed over the completed answers in which they did. */
export interface TokenTotals {
  /** All that was given, what came from a cache included. */
  readonly input: number;
  readonly cachedInput: number;
  /** The input of those answers that say what of it came from a cache: the hit rate is `cachedInput / cachedInputOf`. */
  readonly cachedInputOf: number;
  readonly output: number;
}

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
  /** From when the request was sent to the first piece of a tool call, and to the last piece of the last one. */
  readonly firstToolCallMs: Distribution | null;
  readonly completeToolCallMs: Distribution | null;
  /** How long the server says it took, and what of it was waiting and the model's work. */
  readonly serverMs: Distribution | null;
  readonly serverQueueMs: Distribution | null;
  readonly serverInferenceMs: Distribution | null;
  /** The rest of the service time, which the server does not account for: its web layer and the network. */
  readonly serverRestMs: Distribution | null;
  /** Answers in which the server counted its output tokens. */
  readonly usageKnownOf: number;
  readonly tokens: TokenTotals;
}

/** Everything a {@link StreamRecorder} holds, as plain JSON that merges exactly. */
export interface EncodedStreams {
  readonly times: Readonly<Record<string, EncodedHistogram | null>>;
  readonly waits: Readonly<Record<string, EncodedHistogram | null>>;
  readonly tokens: TokenTotals;
  readonly usageKnownOf: number;
}

/** When a completed request was due, sent and over. */
export interface StreamClocks {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endMs: number;
}

/** Histograms of streams; their size does not depend on how many there are. Exact to merge. */
export class StreamRecorder {
  readonly #times = Object.fromEntries(times.map((name) => [name, new LateHistogram()])) as Record<
    TimeName,
    LateHistogram
  >;
  readonly #waits = Object.fromEntries(waits.map((name) => [name, new LateHistogram()])) as Record<
    WaitName,
    LateHistogram
  >;
  readonly #tokens = { input: 0, cachedInput: 0, cachedInputOf: 0, output: 0 };
  #usageKnownOf = 0;

  /** Undefined where nothing streamed. */
  get ttftMs(): Histogram | undefined {
    return this.#times.ttftMs.histogram;
  }

  /** Notes a completed answer. `clocks` are those of its request. */
  record(observed: AnswerObservation, clocks: StreamClocks): void {
    this.#recordServer(observed, clocks);
    this.#recordTokens(observed);
    const { firstTokenMs, lastTokenMs, outputTokens } = observed;
    if (Number.isNaN(firstTokenMs)) return;
    const into = this.#times;
    into.ttftMs.record(firstTokenMs - clocks.sentMs);
    into.ttftFromDueMs.record(firstTokenMs - clocks.dueMs);
    into.ttfoMs.record(observed.firstOutputMs - clocks.sentMs);
    into.firstToolCallMs.record(observed.firstToolCallMs - clocks.sentMs);
    into.completeToolCallMs.record(observed.lastToolCallMs - clocks.sentMs);
    if (outputTokens >= 2) into.tpotMs.record((lastTokenMs - firstTokenMs) / (outputTokens - 1));
    for (const gapMs of observed.gapsMs) into.chunkGapMs.record(gapMs);
  }

  /**
   * Notes an answer that was cut off with the run: its first token counts where it had come, and the wait for it where
   * it had not. `observed` is what was seen of it; times from before it was sent are those of another answer.
   */
  recordCutOff(observed: AnswerObservation, clocks: StreamClocks): void {
    const { dueMs, sentMs, endMs } = clocks;
    const seen = (atMs: number): boolean => atMs >= sentMs && atMs <= endMs;
    if (seen(observed.firstTokenMs)) {
      this.#times.ttftMs.record(observed.firstTokenMs - sentMs);
      this.#times.ttftFromDueMs.record(observed.firstTokenMs - dueMs);
    } else {
      this.#waits.ttftMs.record(endMs - sentMs);
      this.#waits.ttftFromDueMs.record(endMs - dueMs);
    }
    if (seen(observed.firstOutputMs)) this.#times.ttfoMs.record(observed.firstOutputMs - sentMs);
    else this.#waits.ttfoMs.record(endMs - sentMs);
  }

  /** Requests that were never sent. */
  leaveWaiting(ageMs: number, count: number): void {
    this.#waits.ttftFromDueMs.record(ageMs, count);
  }

  merge(other: StreamRecorder): void {
    for (const name of times) this.#times[name].merge(other.#times[name]);
    for (const name of waits) this.#waits[name].merge(other.#waits[name]);
    this.#addTokens(other.#tokens, other.#usageKnownOf);
  }

  encode(): EncodedStreams {
    return {
      times: Object.fromEntries(times.map((name) => [name, this.#times[name].encode()])),
      waits: Object.fromEntries(waits.map((name) => [name, this.#waits[name].encode()])),
      tokens: { ...this.#tokens },
      usageKnownOf: this.#usageKnownOf,
    };
  }

  /** Adds what another recorder has encoded. Throws a RangeError where its histograms are damaged. */
  mergeEncoded(encoded: EncodedStreams): void {
    for (const name of times) this.#times[name].mergeEncoded(encoded.times[name] ?? null);
    for (const name of waits) this.#waits[name].mergeEncoded(encoded.waits[name] ?? null);
    this.#addTokens(encoded.tokens, encoded.usageKnownOf);
  }

  summarise(): StreamSummary {
    const cutOff: Partial<Record<TimeName, LateHistogram>> = this.#waits;
    const distributions = Object.fromEntries(
      times.map((name) => [name, this.#times[name].summarise(cutOff[name])]),
    );
    return {
      ...(distributions as Record<TimeName, Distribution | null>),
      usageKnownOf: this.#usageKnownOf,
      tokens: { ...this.#tokens },
    };
  }

  #recordServer(observed: AnswerObservation, clocks: StreamClocks): void {
    const { serverMs } = observed;
    this.#times.serverMs.record(serverMs);
    this.#times.serverQueueMs.record(observed.serverQueueMs);
    this.#times.serverInferenceMs.record(observed.serverInferenceMs);
    // One that says it took longer than the answer did counts something else: there is no rest then. Its clock may be
    // coarser than ours.
    // What a stream's head says is what came before the head: the tokens behind it are no rest.
    const { firstTokenMs } = observed;
    const untilMs = Number.isNaN(firstTokenMs) ? clocks.endMs : firstTokenMs;
    const restMs = untilMs - clocks.sentMs - serverMs;
    if (restMs >= -coarseClockMs) this.#times.serverRestMs.record(restMs);
  }

  #recordTokens({ inputTokens, cachedInputTokens, outputTokens }: AnswerObservation): void {
    const tokens = this.#tokens;
    if (!Number.isNaN(inputTokens)) {
      tokens.input += inputTokens;
      if (!Number.isNaN(cachedInputTokens)) {
        tokens.cachedInput += cachedInputTokens;
        tokens.cachedInputOf += inputTokens;
      }
    }
    if (Number.isNaN(outputTokens)) return;
    tokens.output += outputTokens;
    this.#usageKnownOf += 1;
  }

  #addTokens(added: TokenTotals, usageKnownOf: number): void {
    const tokens = this.#tokens;
    tokens.input += added.input;
    tokens.cachedInput += added.cachedInput;
    tokens.cachedInputOf += added.cachedInputOf;
    tokens.output += added.output;
    this.#usageKnownOf += usageKnownOf;
  }
}
