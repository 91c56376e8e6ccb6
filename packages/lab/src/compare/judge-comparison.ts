import type { Judgement } from "@weir/stats";
import { formatChange, formatChangeInterval, formatFigure } from "./format-change.ts";
import { describeMetricName } from "./describe-metric-name.ts";
import { formatCount, formatShare } from "../record/format-number.ts";
import type { CompareVerdict, ComparedSide, MetricComparison } from "./compare-record.ts";

/** Why no more rounds were added. */
export type CompareEnd =
  | { readonly kind: "decided" }
  | { readonly kind: "all-rounds" }
  | { readonly kind: "interrupted" }
  /** `label` names the side. */
  | {
      readonly kind: "not-measured" | "stopped";
      readonly label: string;
      readonly round: number;
      readonly reason: string;
    }
  /** Round after round did not count. */
  | { readonly kind: "invalid" | "no-figure"; readonly reason: string }
  /** The run folders could not be written any more. */
  | { readonly kind: "no-folder"; readonly reason: string };

export interface JudgedComparison {
  readonly end: CompareEnd;
  readonly judgement: Judgement;
  readonly primary: MetricComparison;
  /** Of the units that are compared where the metric is `units`, e.g. `texts`. */
  readonly unit: string;
  readonly against: "itself" | "another";
  readonly delta: number;
  readonly smallestSeen: number | null;
  readonly a: Pick<ComparedSide, "label" | "failedShare" | "missedLimits">;
  readonly b: Pick<ComparedSide, "label" | "failedShare" | "missedLimits">;
  /** Rounds that were left out, and why, a sentence; undefined where there are none. */
  readonly leftOut: string | undefined;
}

/** A share of failed requests that differs by less is the same. */
const leastFailureDifference = 0.001;

/**
 * The verdict on a comparison. What keeps the figures from meaning anything comes first; then limits that B missed, which
 * no speed makes up for; then what the rounds say.
 */
export function judgeComparison(compared: JudgedComparison): CompareVerdict {
  const { end, judgement, a, b, leftOut } = compared;
  const until = judgement.rounds === 0 ? "" : ` Until then: ${describeFigures(compared)}.`;
  const failures = describeFailures(compared);
  const missed = [...missedBy(b), ...missedBy(a)];
  const reasons = [
    ...missed,
    ...(failures === undefined ? [] : [failures]),
    ...(leftOut === undefined ? [] : [leftOut]),
  ];
  const ending = describeEnd(end);
  switch (end.kind) {
    case "interrupted":
    case "not-measured":
    case "stopped":
      return { kind: end.kind, sentence: `${ending}${until}`, reasons: [ending, ...reasons] };
    case "invalid":
      return { kind: "invalid", sentence: `${ending}${until}`, reasons: [end.reason, ...reasons] };
    case "no-figure":
      return { kind: "inconclusive", sentence: `${ending}${until}`, reasons: [end.reason, ...reasons] };
    case "decided":
    case "all-rounds":
    case "no-folder":
      break;
  }
  const noted = ending === "" ? reasons : [ending, ...reasons];
  const answer = describeAnswer(compared);
  if (b.missedLimits.length > 0) {
    const alike = a.missedLimits.length > 0 ? `, and so did ${a.label}` : "";
    const sentence = `${b.label} missed a limit${alike}: ${b.missedLimits[0]!}. ${answer}`;
    // The first of them is in the sentence.
    const others = noted.filter((reason) => reason !== missed[0]);
    return { kind: "limit-missed", sentence, reasons: others };
  }
  const kind = judgement.verdict;
  // A comparison that is good news about speed must not be read without the bad news about errors.
  const sentence = failures === undefined ? answer : `${answer} ${failures}`;
  return { kind, sentence, reasons: noted };
}

function describeAnswer(compared: JudgedComparison): string {
  const { judgement, a, b, delta, against, smallestSeen } = compared;
  const figures = describeFigures(compared);
  const rounds = formatCount(judgement.rounds, "round");
  const floor =
    smallestSeen === null
      ? ""
      : ` Differences from about ${formatShare(smallestSeen)} on can be told from none here in ${rounds}.`;
  if (against === "itself") {
    const alarm = judgement.verdict === "faster" || judgement.verdict === "slower";
    return alarm
      ? `A difference where there is none: ${figures}. One of twenty comparisons of equals may end so; where it happens again, something here changes between the first and the second of two halves.`
      : `Against itself: ${figures}.${floor}`;
  }
  switch (judgement.verdict) {
    case "faster":
      return `${b.label} is faster: ${figures}.`;
    case "slower":
      return `${b.label} is slower: ${figures}.`;
    case "same":
      return `${b.label} is as fast as ${a.label}: ${figures}, within the ${formatShare(delta)} that matter.`;
    case "inconclusive": {
      const more =
        judgement.roundsMore === null
          ? ""
          : `, and about ${formatCount(judgement.roundsMore, "round")} more would decide it (--max-rounds)`;
      return `Not decided after ${rounds}: ${figures}. Differences from ${formatShare(delta)} on matter${more}.`;
    }
  }
}

/** `TTFT p50 of B is 12 % lower (95 % interval -16 % to -8.1 %), 412 ms and 470 ms of A, over 8 rounds`. */
function describeFigures({ primary, unit, judgement, a, b }: JudgedComparison): string {
  const { change, interval } = judgement;
  const name = describeMetricName(primary.name, unit);
  const how = formatChange(change);
  const range =
    interval === null ? "no interval from so few rounds" : `95 % interval ${formatChangeInterval(interval)}`;
  const values =
    primary.a === null || primary.b === null
      ? ""
      : `, ${formatFigure(primary.b, primary.unit)} against ${formatFigure(primary.a, primary.unit)} of ${a.label}`;
  return `${name} of ${b.label} ${how} (${range})${values}, over ${formatCount(judgement.rounds, "round")}`;
}

function describeFailures({ a, b }: JudgedComparison): string | undefined {
  const [ofA, ofB] = [a.failedShare ?? 0, b.failedShare ?? 0];
  if (Math.abs(ofA - ofB) < leastFailureDifference) return undefined;
  const share = (of: number): string => (of === 0 ? "none" : formatShare(of));
  return `${b.label} failed ${share(ofB)} of its requests, ${a.label} ${share(ofA)}.`;
}

function missedBy({ label, missedLimits }: JudgedComparison["a"]): readonly string[] {
  return missedLimits.map((reason) => `${label}: ${reason}.`);
}

function describeEnd(end: CompareEnd): string {
  switch (end.kind) {
    case "decided":
    case "all-rounds":
      return "";
    case "interrupted":
      return "Interrupted.";
    case "not-measured":
      return `${end.label} could not be measured${inRound(end.round)}: ${withoutStop(end.reason)}.`;
    case "stopped":
      return `${end.label} ended the comparison${inRound(end.round)} by a stop rule: ${withoutStop(end.reason)}.`;
    case "invalid":
      return `Not a valid measurement, the generator was the bottleneck: ${withoutStop(end.reason)}.`;
    case "no-figure":
      return `Nothing to compare by: ${withoutStop(end.reason)}.`;
    case "no-folder":
      return `Ended early, because nothing could be written any more: ${withoutStop(end.reason)}.`;
  }
}

function inRound(round: number): string {
  return round === 0 ? "" : ` in round ${round}`;
}

/** A reason as part of a sentence. */
function withoutStop(text: string): string {
  return text.trim().replace(/\.$/, "").replace(/^The /, "the ");
}
