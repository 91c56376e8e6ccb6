import type { EmbeddingComputer, EmbeddingPreparer, PreparedInputs, VectorComparison } from "@weir/engine";
import { compareText, cutBatches, scatterVectors, summarizeTexts } from "@weir/engine";

/** Length-1 vectors of the texts, row after row. */
export async function embedTexts(
  computer: EmbeddingComputer,
  prepared: PreparedInputs,
  onBatch: () => void = () => {},
): Promise<Float32Array> {
  const { dimensions, pooling } = computer.info;
  const values = new Float32Array(prepared.lengths.length * dimensions);
  for (const batch of cutBatches(prepared)) {
    onBatch();
    scatterVectors(
      await computer.compute({ ...batch, dimensions, pooling, normalize: true }),
      batch.rows,
      values,
    );
  }
  return values;
}

/** Compares vectors of length 1 of the same texts, row by row and by who is nearest to whom. */
export function compareVectors(
  wanted: Float32Array,
  got: Float32Array,
  dimensions: number,
): VectorComparison {
  const count = wanted.length / dimensions;
  const [before, after] = [wanted, got].map((values) => ({ count, dimensions, values }));
  return summarizeTexts(Array.from({ length: count }, (_, text) => compareText(before!, after!, text)));
}

/** Rows of a measured batch, and tokens of each: long enough that what is fixed per run does not count. */
const timedRows = 16;
const timedTokens = 128;
const timedRounds = 5;

/**
 * How many times as fast `other` computes as `base`: the ratio of the medians of alternating runs, so that whatever else
 * the machine does counts for both.
 */
export async function measureSpeedRatio(
  base: EmbeddingComputer,
  other: EmbeddingComputer,
  preparer: EmbeddingPreparer,
  texts: readonly string[],
  onRun: () => void = () => {},
): Promise<number> {
  const text = texts.join(" ");
  const { tokenIds } = preparer.prepare({ kind: "texts", texts: [text] }, { truncate: true });
  const length = Math.min(timedTokens, tokenIds.length);
  const batch = new Int32Array(timedRows * length);
  for (let row = 0; row < timedRows; row++) batch.set(tokenIds.subarray(0, length), row * length);
  const lengths = new Int32Array(timedRows).fill(length);
  const run = async (computer: EmbeddingComputer): Promise<number> => {
    onRun();
    const startedMs = performance.now();
    const { dimensions, pooling } = computer.info;
    await computer.compute({ tokenIds: batch, lengths, dimensions, pooling, normalize: true });
    return performance.now() - startedMs;
  };
  const times: { base: number[]; other: number[] } = { base: [], other: [] };
  for (let round = -1; round < timedRounds; round++) {
    const [baseMs, otherMs] = [await run(base), await run(other)];
    // The first round only warms up.
    if (round < 0) continue;
    times.base.push(baseMs);
    times.other.push(otherMs);
  }
  return median(times.base) / median(times.other);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
