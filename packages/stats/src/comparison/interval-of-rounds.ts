import { pairRounds, toChangeInterval } from "./paired-rounds.ts";
import { studentTBound } from "./student-t.ts";

/**
 * The change of a metric between A and B, B / A - 1, with its paired t interval over rounds. It carries no verdict: it
 * is right for one metric that is looked at once, when measuring has ended. For the metric that decides when to stop
 * see `judgeRounds`.
 *
 * @param logRatios ln(B / A) of each round; rounds in which one of them has no value (NaN, infinite) are left out
 * @param confidence share of such intervals that hold the true change
 */
export function intervalOfRounds(
  logRatios: readonly number[],
  confidence = 0.95,
): { change: number; interval: readonly [number, number] | null } {
  const { rounds, mean, standardError } = pairRounds(logRatios);
  const change = Math.expm1(mean);
  if (rounds < 2) return { change, interval: null };
  return {
    change,
    interval: toChangeInterval(mean, studentTBound(1 - confidence, rounds - 1) * standardError),
  };
}
