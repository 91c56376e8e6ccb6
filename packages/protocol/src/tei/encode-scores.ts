import type { VectorBlock } from "../canonical/embedding.ts";
import type { TeiPredictRequest, TeiRerankRequest } from "./scoring-requests.ts";

/**
 * `[{"index","score"}]`, the best first, with `text` where it was asked for; among equals the first text comes first.
 * `scores` has one label.
 */
export function encodeTeiRanks(
  scores: VectorBlock,
  { rawScores, returnTexts }: Pick<TeiRerankRequest, "rawScores" | "returnTexts">,
): Uint8Array {
  const finished = finishScores(scores, rawScores);
  const ranks = finished.map(([score], index) => ({
    index,
    ...(returnTexts === undefined ? {} : { text: returnTexts[index]! }),
    score: score!,
  }));
  return Buffer.from(JSON.stringify(ranks.toSorted((a, b) => b.score - a.score)));
}

/** `[{"score","label"}]`, the highest score first; a list of these for a batch. `labels` has a name for each score. */
export function encodeTeiPredictions(
  scores: VectorBlock,
  labels: readonly string[],
  { rawScores, isBatch }: Pick<TeiPredictRequest, "rawScores" | "isBatch">,
): Uint8Array {
  const predictions = finishScores(scores, rawScores).map((row) =>
    row.map((score, index) => ({ score, label: labels[index]! })).toSorted((a, b) => b.score - a.score),
  );
  return Buffer.from(JSON.stringify(isBatch ? predictions : predictions[0]));
}

/** A model's own scores, or what TEI makes of them: a sigmoid where there is one label, else a softmax over the labels. */
function finishScores({ count, dimensions, values }: VectorBlock, rawScores: boolean): number[][] {
  return Array.from({ length: count }, (_, row) => {
    const own = [...values.subarray(row * dimensions, (row + 1) * dimensions)];
    if (rawScores) return own;
    return dimensions === 1 ? own.map((value) => 1 / (1 + Math.exp(-value))) : softmax(own);
  });
}

function softmax(values: readonly number[]): number[] {
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
