import type { VectorBlock, WeirError } from "@weir/protocol";
import type { Target } from "./embed-batch.ts";
import { embedTexts, type OnTextError, type TextChange } from "./embed-texts.ts";
import { createTally } from "./isolate-failures.ts";
import { findFault, toNoListError } from "./text-batches.ts";

export interface TextFailure {
  /** The text's place in the caller's list. */
  readonly index: number;
  readonly error: WeirError;
}

export interface Embeddings {
  /**
   * One row for each text, in their order. For no texts a block of no rows. The row of a text that failed holds NaN, so
   * that it cannot pass for a vector.
   */
  readonly vectors: VectorBlock;
  /** The server's count over all requests that it answered; undefined where it gives none. */
  readonly inputTokens: number | undefined;
  /** How many texts (or pieces) the server says it cut to its model's longest; undefined where it does not say. */
  readonly truncated: number | undefined;
  /** The texts that were truncated or split because of `textSizeLimit`, in order. */
  readonly changes: readonly TextChange[];
  /** The texts that have no vector, in order. Always empty unless `onError` is "collect". */
  readonly failures: readonly TextFailure[];
}

/** Embeds a whole list into one block. */
export async function embedList(
  texts: readonly string[],
  target: Target,
  onError: OnTextError,
  signal: AbortSignal | undefined,
): Promise<Embeddings> {
  if (!Array.isArray(texts)) throw toNoListError(texts, "a list of strings");
  if (onError === "throw") {
    // Before anything is sent: a call that must fail should cost nothing.
    for (const [index, text] of texts.entries()) {
      const fault = findFault(text, index, target.options);
      if (fault !== undefined) throw fault;
    }
  }
  const count = texts.length;
  let vectors: VectorBlock = { count, dimensions: 0, values: new Float32Array(0) };
  const tallies = { inputTokens: createTally(), truncated: createTally() };
  const changes: TextChange[] = [];
  const failures: TextFailure[] = [];
  for await (const { outcomes, inputTokens, truncated } of embedTexts(texts, target, onError, signal)) {
    tallies.inputTokens.add(inputTokens);
    tallies.truncated.add(truncated);
    for (const outcome of outcomes) {
      if (outcome.kind === "failed") {
        failures.push({ index: outcome.index, error: outcome.error });
        continue;
      }
      const { index, vector, change } = outcome;
      if (vectors.dimensions === 0) {
        const dimensions = vector.length;
        vectors = { count, dimensions, values: new Float32Array(count * dimensions) };
      }
      vectors.values.set(vector, index * vectors.dimensions);
      if (change !== undefined) changes.push(change);
    }
  }
  for (const { index } of failures) {
    vectors.values.fill(Number.NaN, index * vectors.dimensions, (index + 1) * vectors.dimensions);
  }
  return {
    vectors,
    inputTokens: tallies.inputTokens.total(),
    truncated: tallies.truncated.total(),
    changes,
    failures,
  };
}

/** Row `index` of a block, as a view of it. Throws RangeError where there is no such row. */
export function vectorAt({ count, dimensions, values }: VectorBlock, index: number): Float32Array {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`expected a row from 0 to ${count - 1}, got ${index}`);
  }
  return values.subarray(index * dimensions, (index + 1) * dimensions);
}
