import { intervalOfDifferences } from "@weir/stats";
import type { CompareRecord, ComparedHalf, ComparedRound } from "./compare-record.ts";

/** How much more of B's requests failed than of A's, round by round; null where no round counts. */
export function findFailedDifference(
  rounds: readonly ComparedRound[],
): NonNullable<CompareRecord["failedDifference"]> | null {
  const differences = rounds.flatMap(({ counts, a, b }) =>
    counts && a !== null && b !== null ? [failedShareOf(b) - failedShareOf(a)] : [],
  );
  const found = intervalOfDifferences(differences);
  return found.rounds === 0 ? null : found;
}

/** NaN where nothing ended. */
function failedShareOf({ completed, failed }: ComparedHalf): number {
  return failed / (completed + failed);
}
