import { WeirError, type ModelVectors } from "@weir/protocol";
import type { EmbeddingBatch } from "./embedding-engine.ts";
import type { TokenVectors } from "./pool-tokens.ts";

/**
 * The vectors of a batch's own tokens without the padding, their leading `dimensions`, one row's after the other's. Throws
 * ENGINE_FAILED where a value is not a finite number.
 */
export function keepTokens(
  { values, paddedLength, width }: TokenVectors,
  { lengths, dimensions }: Pick<EmbeddingBatch, "lengths" | "dimensions">,
): ModelVectors {
  const count = lengths.reduce((sum, length) => sum + length, 0);
  const kept = new Float32Array(count * dimensions);
  let filled = 0;
  lengths.forEach((length, row) => {
    for (let token = 0; token < length; token++) {
      const start = (row * paddedLength + token) * width;
      kept.set(values.subarray(start, start + dimensions), filled);
      filled += dimensions;
    }
  });
  if (!kept.every((value) => Number.isFinite(value))) {
    throw new WeirError("ENGINE_FAILED", "the model gave a value that is not a finite number for a token");
  }
  return { count, dimensions, values: kept, rowLengths: Int32Array.from(lengths) };
}
