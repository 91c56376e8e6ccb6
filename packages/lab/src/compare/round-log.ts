import {
  failureLogRatio,
  intervalOfRounds,
  judgeRounds,
  type JudgeOptions,
  type Judgement,
} from "@weir/stats";
import type { ComparedHalf, ComparedRound, MetricComparison } from "./compare-record.ts";
import type { RoundMetric } from "./failure-metrics.ts";

/** What a round came to: whether it counts, and by how much B differs in the primary metric. */
export function toRound(
  order: ComparedRound["order"],
  a: ComparedHalf | null,
  b: ComparedHalf | null,
  primary: RoundMetric,
  leftOut?: string,
): ComparedRound {
  const reason = leftOut ?? whyNot(a, b, primary);
  const ratio = logRatio(a, b, primary.name);
  const counts = reason === undefined;
  return { order, a, b, counts, reason: reason ?? null, change: counts ? Math.expm1(ratio) : null };
}

function whyNot(a: ComparedHalf | null, b: ComparedHalf | null, primary: RoundMetric): string | undefined {
  if (a === null || b === null) return "it was not finished";
  for (const half of [a, b]) if (half.kind !== "measured") return half.reason ?? half.kind;
  if (!Number.isNaN(logRatio(a, b, primary.name))) return undefined;
  if (a.failure !== undefined)
    return "neither failed before its ramp ended, or the bound says nothing. A ramp to more users says more (--ramp)";
  const fewest = Math.min(a.completed, b.completed);
  return `there is no ${primary.name} in it: one half has ${fewest.toLocaleString("en-US")} completed requests. Longer halves have more (--round-duration), and response.p50 needs the fewest`;
}

/** ln(B / A) of a figure; NaN where one of them has none. */
function logRatio(a: ComparedHalf | null, b: ComparedHalf | null, name: string): number {
  const [ofA, ofB] = [a?.figures[name] ?? 0, b?.figures[name] ?? 0];
  if (a?.failure !== undefined && b?.failure !== undefined)
    return failureLogRatio({ at: ofA, failed: a.failure !== null }, { at: ofB, failed: b.failure !== null });
  return ofA > 0 && ofB > 0 ? Math.log(ofB / ofA) : Number.NaN;
}

/** What the rounds so far say of the primary metric. One that does not count is a round that was measured all the same. */
export function judgeLog(
  rounds: readonly ComparedRound[],
  { name }: RoundMetric,
  options: JudgeOptions,
): Judgement {
  return judgeRounds(
    rounds.map((round) => (round.counts ? logRatio(round.a, round.b, name) : Number.NaN)),
    options,
  );
}

const units = { time: "ms", "file-time": "ms", rate: "per-second", failure: "count" } as const;

/** The smallest change that an interval as wide as this one would tell from none; null without an interval. */
export function toSmallestSeen({ interval }: Pick<Judgement, "interval">): number | null {
  if (interval === null || !interval.every(Number.isFinite)) return null;
  const [low, high] = interval;
  return Math.expm1((Math.log1p(high) - Math.log1p(low)) / 2);
}

/** Every metric over the rounds that count; those that no round has are left out. */
export function compareMetrics(
  rounds: readonly ComparedRound[],
  metrics: readonly RoundMetric[],
  judgement: Judgement,
): readonly MetricComparison[] {
  const counted = rounds.filter(({ counts }) => counts);
  return metrics.flatMap((metric, place): MetricComparison[] => {
    const primary = place === 0;
    const { name, better } = metric;
    const having = counted.filter(({ a, b }) => !Number.isNaN(logRatio(a, b, name)));
    if (having.length === 0 && !primary) return [];
    const ratios = having.map(({ a, b }) => logRatio(a, b, name));
    // The primary one was looked at after every round: its interval is wider for it.
    const { change, interval } = primary ? judgement : intervalOfRounds(ratios);
    const mean = (side: "a" | "b"): number | null =>
      geometricMean(having.map((round) => round[side]!.figures[name]!));
    return [
      {
        name,
        unit: units[metric.kind],
        better,
        primary,
        a: mean("a"),
        b: mean("b"),
        change: Number.isFinite(change) ? change : null,
        interval: interval !== null && interval.every(Number.isFinite) ? interval : null,
        rounds: having.length,
      },
    ];
  });
}

// So that the quotient of the two is the change that stands beside them.
function geometricMean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
