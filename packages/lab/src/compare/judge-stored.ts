import { describeMetricName } from "./describe-metric-name.ts";
import { formatChange, formatChangeInterval, formatFigure } from "./format-change.ts";
import type { CompareVerdict, ComparedSide, MetricComparison } from "./compare-record.ts";

export interface JudgedStored {
  readonly primary: MetricComparison;
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  /** Of each side that the figures are worth nothing of, why: `A: the generator was late`. */
  readonly invalid: readonly string[];
  /** Whether the two are so far apart that no drift explains it: see {@link isPlain}. */
  readonly plain: boolean;
  /** What else was different between the two runs, a sentence each. */
  readonly differences: readonly string[];
}

/**
 * The verdict on two runs that took place one after the other. What drifts between two runs looks just like a difference
 * between two servers (20 to 80 % false alarms, where runs of the same server are compared this way), and nothing in the
 * runs says how much drifted. So nothing is decided, unless the two are plainly apart.
 */
export function judgeStored({ primary, a, b, invalid, plain, differences }: JudgedStored): CompareVerdict {
  const reasons = [
    ...[a, b].flatMap(({ label, missedLimits }) => missedLimits.map((reason) => `${label}: ${reason}.`)),
    ...differences,
  ];
  if (a.completed === 0 || b.completed === 0) {
    const { label } = a.completed === 0 ? a : b;
    return {
      kind: "not-measured",
      sentence: `Nothing to compare: not one request of ${label} was completed.`,
      reasons,
    };
  }
  const figures = describeFigures(primary, a, b);
  if (invalid.length > 0)
    return {
      kind: "invalid",
      sentence: `Not a valid comparison: ${invalid.join("; ")}. It reads: ${figures}.`,
      reasons,
    };
  if (b.missedLimits.length > 0)
    return {
      kind: "limit-missed",
      sentence: `${b.label} missed a limit: ${b.missedLimits[0]!}. ${figures} (not interleaved).`,
      reasons,
    };
  const { change } = primary;
  if (change === null)
    return {
      kind: "inconclusive",
      sentence: `Nothing to compare by: there is no ${primary.name} in one of the two.`,
      reasons,
    };
  if (plain) {
    const isBetter = change < 0 === (primary.better === "less");
    const how = isBetter ? "faster" : "slower";
    return {
      kind: how,
      sentence: `${b.label} is plainly ${how}, although the two are not interleaved: ${figures}.`,
      reasons,
    };
  }
  return {
    kind: "inconclusive",
    sentence: `Not decided, because the two are not interleaved: ${figures}. What changed between two runs looks the same as a difference between two servers: weir compare URL_A URL_B tells them apart.`,
    reasons,
  };
}

function describeFigures(
  { name, change, interval, a, b, unit }: MetricComparison,
  ofA: ComparedSide,
  ofB: ComparedSide,
): string {
  const metric = describeMetricName(name, ofA.unit);
  if (change === null || a === null || b === null) return `there is no ${metric} of both`;
  const within =
    interval === null ? "" : ` (${formatChangeInterval(interval)} by what varies within the runs alone)`;
  return `${metric} of ${ofB.label} ${formatChange(change)}${within}, ${formatFigure(b, unit)} against ${formatFigure(a, unit)} of ${ofA.label}`;
}

/** How far apart two figures must be at least: 1.5 raised 3 % false alarms where one server drifts between two runs. */
const plainFactor = 2;

/** What {@link isPlain} looks at: of each side the figure, and between which values nearly all of it lies. */
export interface PlainFigures {
  readonly a: { readonly value: number; readonly low: number; readonly high: number };
  readonly b: { readonly value: number; readonly low: number; readonly high: number };
}

/** Whether one is twice the other at least, and where one lies (nearly) nothing of the other does. */
export function isPlain({ a, b }: PlainFigures): boolean {
  const [less, more] = a.value < b.value ? [a, b] : [b, a];
  return more.value >= less.value * plainFactor && more.low > less.high;
}
