import { formatCount, formatNumber, formatShare } from "../record/format-number.ts";
import type { Recommendation } from "./confirmation.ts";
import type { RedFlag } from "./red-flag.ts";
import { describeSettings, keyOf } from "./sweep-case.ts";
import type { SweepSummary, SweepVerdict } from "./sweep-record.ts";

export interface JudgedSweep {
  readonly summary: SweepSummary;
  readonly recommendations: readonly Recommendation[];
  readonly redFlags: readonly RedFlag[];
  /** Visits whose generator did not keep up. */
  readonly invalidVisits: number;
}

/** More failures miss the limit that holds where none is said: errors < 1 %. */
const mostFailed = 0.01;

const notMeasured = "The target could not be measured";

/**
 * The verdict on a sweep: which settings, in one sentence. What makes the figures worthless comes first. Slow cases are
 * what a sweep is for and miss nothing; failures of 1 % and more, and vectors that change, do.
 */
export function judgeSweep({ summary, recommendations, redFlags, invalidVisits }: JudgedSweep): SweepVerdict {
  const { end, unit, visitsMeasured, visitsPlanned } = summary;
  const answer = describeAnswer(recommendations, unit);
  const part = `${visitsMeasured} of ${formatCount(visitsPlanned, "measurement")} were made`;
  if (end.kind === "not-started")
    return {
      kind: "not-measured",
      // What a run says of it begins so already.
      sentence: end.message.startsWith(notMeasured) ? end.message : `${notMeasured}: ${end.message}`,
      reasons: [end.message],
    };
  if (end.kind === "interrupted")
    return { kind: "interrupted", sentence: `Interrupted: ${part}. ${answer}`, reasons: [] };
  if (end.kind === "stopped")
    return { kind: "stopped", sentence: `${end.message} ${part}. ${answer}`, reasons: [end.message] };
  if (invalidVisits * 2 > visitsMeasured) {
    const reason = `In ${invalidVisits} of ${formatCount(visitsMeasured, "measurement")} the load generator did not keep up.`;
    return { kind: "invalid", sentence: `Not a valid measurement. It read: ${answer}`, reasons: [reason] };
  }
  const share = summary.failed / Math.max(1, summary.failed + summary.completed);
  const missed = [
    ...(share >= mostFailed
      ? [
          `${formatShare(share)} of the requests failed (${summary.failed.toLocaleString("en-US")}); the limit is errors < 1%.`,
        ]
      : []),
    ...redFlags.filter(({ kind }) => kind === "vectors").map(({ sentence }) => sentence),
  ];
  if (missed.length > 0) return { kind: "limit-missed", sentence: answer, reasons: missed };
  if (recommendations.length === 0) return { kind: "inconclusive", sentence: answer, reasons: [] };
  return { kind: "pass", sentence: answer, reasons: [] };
}

function describeAnswer(recommendations: readonly Recommendation[], unit: string): string {
  const main = recommendations.find(({ uses }) => uses.includes("throughput")) ?? recommendations[0];
  if (main === undefined) return "No settings can be recommended: none was measured without failures.";
  const { input, choice, unitsPerSecond, unitsPerSecondInterval: interval } = main;
  const range = interval === null ? "" : ` (${formatNumber(interval.low)} to ${formatNumber(interval.high)})`;
  return `Best for throughput at ${describeSettings(input)}: ${describeSettings(choice)}, ${formatNumber(unitsPerSecond)} ${unit}/s${range}; ${describeGain(main)}.`;
}

/** How a recommendation stands to the default, for people: `1.31 times the default of batch 32, 1 user (...)`. */
export function describeGain({ gain, choice, baseline, picked }: Recommendation): string {
  const name = `the default of ${describeSettings(baseline)}`;
  const isBaseline = keyOf(choice) === keyOf(baseline);
  if (gain === null) return isBaseline ? `which is the default` : `how it stands to ${name} is not known`;
  const { ratio, interval, again } = gain;
  const expected = `run again expect ${times(again.low)} to ${times(again.high)}`;
  const range = `95 % ${times(interval.low)} to ${times(interval.high)}, ${expected}`;
  if (isBaseline)
    return `which is the default: ${describeSettings(picked)} had ${times(ratio)} of it when measured next to it (${range})`;
  if (interval.low <= 1 && interval.high >= 1)
    return `${times(ratio)} ${name}, which may be chance (${range})`;
  return `${times(ratio)} ${name} (${range})`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
