import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";

/**
 * The numbers of one row, in this order, each a double in the byte order of the machine. Times are microseconds from
 * the run's start, durations milliseconds; not a number where there is nothing to say.
 */
export const sampleColumns = [
  "request",
  "user",
  "part",
  "phase",
  "attempt",
  "turn",
  "dueUs",
  "sentUs",
  "headersUs",
  "firstByteUs",
  "firstTokenUs",
  "firstOutputUs",
  "lastTokenUs",
  "endUs",
  "outcome",
  "status",
  "failure",
  "bodyBytes",
  "units",
  "chunks",
  "inputTokens",
  "cachedInputTokens",
  "outputTokens",
  "serverMs",
  "serverQueueMs",
  "serverInferenceMs",
] as const;

export type SampleColumn = (typeof sampleColumns)[number];

/** What `phase` and `outcome` of a row count through. */
export const samplePhases = ["warm-up", "window"] as const;
export const sampleOutcomes = ["completed", "failed", "cut-off"] as const;

/** Writes one row to `row[at]` and on, and nothing else. `failure` is a place in a dictionary, or not a number. */
export function writeSampleRow(
  row: Float64Array,
  at: number,
  sample: {
    readonly startMs: number;
    readonly inWindow: boolean;
    readonly clocks: RequestClocks;
    readonly outcome: RequestOutcome;
    readonly failure: number;
  },
): void {
  const { clocks, outcome, startMs } = sample;
  const toUs = (ms: number): number => (ms - startMs) * 1000;
  const observed = outcome.kind === "completed" ? outcome.observed : undefined;
  row[at] = clocks.request;
  row[at + 1] = clocks.user;
  row[at + 2] = clocks.part;
  row[at + 3] = sample.inWindow ? 1 : 0;
  row[at + 4] = clocks.attempt;
  row[at + 5] = clocks.turn;
  row[at + 6] = toUs(clocks.dueMs);
  row[at + 7] = toUs(clocks.sentMs);
  row[at + 8] = toUs(clocks.headersMs);
  row[at + 9] = toUs(clocks.firstByteMs);
  row[at + 10] = toUs(observed?.firstTokenMs ?? Number.NaN);
  row[at + 11] = toUs(observed?.firstOutputMs ?? Number.NaN);
  row[at + 12] = toUs(observed?.lastTokenMs ?? Number.NaN);
  row[at + 13] = toUs(clocks.endMs);
  row[at + 14] = sampleOutcomes.indexOf(outcome.kind);
  row[at + 15] = clocks.status === 0 ? Number.NaN : clocks.status;
  row[at + 16] = sample.failure;
  row[at + 17] = clocks.bodyBytes;
  row[at + 18] = outcome.kind === "completed" ? outcome.units : 0;
  row[at + 19] = observed?.chunks ?? Number.NaN;
  row[at + 20] = observed?.inputTokens ?? Number.NaN;
  row[at + 21] = observed?.cachedInputTokens ?? Number.NaN;
  row[at + 22] = observed?.outputTokens ?? Number.NaN;
  row[at + 23] = observed?.serverMs ?? Number.NaN;
  row[at + 24] = observed?.serverQueueMs ?? Number.NaN;
  row[at + 25] = observed?.serverInferenceMs ?? Number.NaN;
}
