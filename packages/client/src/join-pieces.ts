import type { VectorBlock } from "@weir/protocol";
import { normalizeRows } from "./normalize-rows.ts";

/**
 * One vector for a text that was embedded in pieces: the mean of theirs, each weighted with its length, and scaled to
 * length 1 where `normalize`. This is what OpenAI's cookbook does ("Embedding texts that are longer than the model's
 * maximum context length"), with characters for weights in place of tokens.
 */
export function joinPieces(
  pieces: VectorBlock,
  lengths: readonly number[],
  normalize: boolean,
): Float32Array {
  const sums = new Float64Array(pieces.dimensions);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  for (const [row, length] of lengths.entries()) {
    const offset = row * pieces.dimensions;
    for (let column = 0; column < sums.length; column += 1) {
      sums[column] = sums[column]! + pieces.values[offset + column]! * (length / total);
    }
  }
  const values = Float32Array.from(sums);
  if (normalize) normalizeRows({ count: 1, dimensions: values.length, values });
  return values;
}
