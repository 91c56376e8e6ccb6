import { pairRounds } from "./paired-rounds.ts";
import { studentTBound } from "./student-t.ts";

/**
 * The difference of a figure between A and B, B - A, with its paired t interval over rounds: for shares, which may be 0 and
 * then have no ratio. It carries no verdict.
 *
 * @param differences of each round; those that are NaN or infinite are left out
 * @param confidence share of such intervals that hold the true difference
 */
export function intervalOfDifferences(
  differences: readonly number[],
  confidence = 0.95,
): { difference: number; interval: readonly [number, number] | null; rounds: number } {
  const { rounds, mean, standardError } = pairRounds(differences);
  if (rounds < 2) return { difference: mean, interval: null, rounds };
  const halfWidth = studentTBound(1 - confidence, rounds - 1) * standardError;
  return { difference: mean, interval: [mean - halfWidth, mean + halfWidth], rounds };
}
