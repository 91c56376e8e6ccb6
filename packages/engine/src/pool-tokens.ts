import { WeirError, type ModelVectors, type Pooling } from "@weir/protocol";
import type { EmbeddingBatch } from "./embedding-engine.ts";
import { keepTokens } from "./keep-tokens.ts";

/** What a model says about each token: row-major `rows x paddedLength x width`. Padding may hold anything. */
export interface TokenVectors {
  readonly values: Float32Array;
  readonly paddedLength: number;
  readonly width: number;
}

/**
 * Turns the vectors of a batch's tokens into one vector per row: pools over the row's own tokens, keeps the leading
 * `dimensions`, then scales to length 1 where asked. A vector of length 0 stays as it is. Where pooling is `none`, the
 * tokens' own vectors as they are.
 *
 * Throws ENGINE_FAILED where a value is not a finite number: such a vector would poison every index it enters.
 */
export function poolTokens(
  tokens: TokenVectors,
  batch: Pick<EmbeddingBatch, "lengths" | "pooling" | "normalize" | "dimensions" | "skippedTokens">,
): ModelVectors {
  const { lengths, pooling, normalize, dimensions, skippedTokens = 0 } = batch;
  if (pooling === "none") return keepTokens(tokens, batch);
  const { values, paddedLength, width } = tokens;
  const pooled = new Float32Array(lengths.length * dimensions);
  // Sums in double precision: the mean then does not depend on how many tokens there are.
  const sums = new Float64Array(dimensions);
  for (let row = 0; row < lengths.length; row++) {
    const start = row * paddedLength * width;
    const length = lengths[row]!;
    // A row that was cut within its prompt still has a vector, that of its last token.
    const first = Math.min(skippedTokens, length - 1);
    poolRow({ values, start, first, length, width }, pooling, sums);
    const squares = sums.reduce((total, value) => total + value * value, 0);
    // NaN and infinities survive squaring and adding, so one look at the sum finds them all.
    if (!Number.isFinite(squares)) {
      throw new WeirError(
        "ENGINE_FAILED",
        `the model gave a value that is not a finite number for row ${row} of ${lengths.length}. ` +
          "Its weights are damaged or its number format overflows on this input; try the float32 weights.",
      );
    }
    const scale = normalize && squares > 0 ? 1 / Math.sqrt(squares) : 1;
    for (let index = 0; index < dimensions; index++) pooled[row * dimensions + index] = sums[index]! * scale;
  }
  return { count: lengths.length, dimensions, values: pooled };
}

interface TokenRow {
  readonly values: Float32Array;
  /** Where its first token is in `values`. */
  readonly start: number;
  /** The first token that counts where not only one is looked at. */
  readonly first: number;
  readonly length: number;
  readonly width: number;
}

/**
 * Pools a row into `into`, whose length says how many leading values count. The ways are those of sentence-transformers
 * 6.2 (sentence_transformer/modules/pooling.py).
 */
function poolRow(row: TokenRow, pooling: Pooling, into: Float64Array): void {
  const { values, start, first, length, width } = row;
  const count = into.length;
  switch (pooling) {
    case "cls":
      copyToken(values, start, into);
      return;
    case "last":
      copyToken(values, start + (length - 1) * width, into);
      return;
    case "max":
      into.fill(-Infinity);
      for (let token = first; token < length; token++) {
        const offset = start + token * width;
        for (let index = 0; index < count; index++) {
          const value = values[offset + index]!;
          // Once NaN is in, nothing is greater: it stays for the check to find.
          if (value > into[index]! || Number.isNaN(value)) into[index] = value;
        }
      }
      return;
    case "mean":
    case "mean_sqrt_len": {
      addTokens(row, into);
      const tokens = length - first;
      const divisor = pooling === "mean" ? tokens : Math.sqrt(tokens);
      for (let index = 0; index < count; index++) into[index]! /= divisor;
      return;
    }
    case "weightedmean": {
      into.fill(0);
      let weights = 0;
      for (let token = first; token < length; token++) {
        const offset = start + token * width;
        const weight = token + 1;
        weights += weight;
        for (let index = 0; index < count; index++) into[index]! += weight * values[offset + index]!;
      }
      for (let index = 0; index < count; index++) into[index]! /= weights;
      return;
    }
  }
}

function copyToken(values: Float32Array, offset: number, into: Float64Array): void {
  for (let index = 0; index < into.length; index++) into[index] = values[offset + index]!;
}

/** Four tokens at once: each sum is then read and written a quarter as often, which is what this loop spends its time on. */
function addTokens({ values, start, first, length, width }: TokenRow, into: Float64Array): void {
  into.fill(0);
  const count = into.length;
  let token = first;
  for (; token + 4 <= length; token += 4) {
    const a = start + token * width;
    const b = a + width;
    const c = b + width;
    const d = c + width;
    for (let index = 0; index < count; index++) {
      into[index]! += values[a + index]! + values[b + index]! + (values[c + index]! + values[d + index]!);
    }
  }
  for (; token < length; token++) {
    const offset = start + token * width;
    for (let index = 0; index < count; index++) into[index]! += values[offset + index]!;
  }
}
