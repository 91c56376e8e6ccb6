import type { EmbeddingComputer, EmbeddingPreparer, PreparedInputs } from "@weir/engine";
import { cutBatches, scatterVectors } from "@weir/engine";

/** How a model's vectors and its speed compare with those of the model that it was made from. */
export interface Judgement {
  /** Texts that were compared. */
  readonly texts: number;
  readonly meanCosine: number;
  readonly leastCosine: number;
  /** Share of the texts whose nearest other text is the same, from 0 to 1. */
  readonly agreement: number;
  /** The same among texts whose nearest is nearer than the second by a cosine of more than 0.01; NaN without any. */
  readonly clearAgreement: number;
  /** Texts that `clearAgreement` is about. */
  readonly clearTexts: number;
}

/** Ties within this cosine are anybody's. */
const clearMargin = 0.01;

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
export function compareVectors(wanted: Float32Array, got: Float32Array, dimensions: number): Judgement {
  const texts = wanted.length / dimensions;
  let sum = 0;
  let leastCosine = 1;
  let same = 0;
  let clearTexts = 0;
  let clearSame = 0;
  for (let text = 0; text < texts; text++) {
    const cosine = dot(wanted, text, got, text, dimensions);
    sum += cosine;
    leastCosine = Math.min(leastCosine, cosine);
    const before = findNearest(wanted, text, texts, dimensions);
    const agrees = findNearest(got, text, texts, dimensions).nearest === before.nearest;
    const isClear = before.margin > clearMargin;
    if (agrees) same++;
    if (isClear) clearTexts++;
    if (isClear && agrees) clearSame++;
  }
  return {
    texts,
    meanCosine: sum / texts,
    leastCosine,
    agreement: same / texts,
    clearAgreement: clearSame / clearTexts,
    clearTexts,
  };
}

function findNearest(
  vectors: Float32Array,
  text: number,
  texts: number,
  dimensions: number,
): { nearest: number; margin: number } {
  let nearest = -1;
  let best = -Infinity;
  let second = -Infinity;
  for (let other = 0; other < texts; other++) {
    if (other === text) continue;
    const cosine = dot(vectors, text, vectors, other, dimensions);
    if (cosine > best) {
      second = best;
      best = cosine;
      nearest = other;
    } else if (cosine > second) second = cosine;
  }
  return { nearest, margin: best - second };
}

function dot(a: Float32Array, rowA: number, b: Float32Array, rowB: number, dimensions: number): number {
  let sum = 0;
  for (let at = 0; at < dimensions; at++) sum += a[rowA * dimensions + at]! * b[rowB * dimensions + at]!;
  return sum;
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
