import type { VectorBlock } from "@weir/protocol";

/** How two models' vectors of one text compare, among the vectors of the other texts. */
export interface ComparedText {
  /** Between the two vectors; NaN where they differ in length, as then it means nothing. */
  readonly cosine: number;
  /** Whether the nearest other text is the same. Each model is asked among its own vectors, so any two can be compared. */
  readonly agrees: boolean;
  /** Whether the first model's nearest is nearer than its second by a cosine of more than {@link clearMargin}. */
  readonly isClear: boolean;
}

/** How two models compare over many texts. */
export interface VectorComparison {
  /** Texts that were compared. */
  readonly texts: number;
  /** NaN where the vectors differ in length. */
  readonly meanCosine: number;
  readonly leastCosine: number;
  /** Share of the texts whose nearest other text is the same, from 0 to 1. */
  readonly agreement: number;
  /** The same among the texts whose nearest is clearly nearest; NaN without any. */
  readonly clearAgreement: number;
  /** Texts that `clearAgreement` is about. */
  readonly clearTexts: number;
}

/** Which of two texts is nearer is anybody's guess within this cosine. */
export const clearMargin = 0.01;

/**
 * Compares one text of two blocks that hold the same texts in the same order, as vectors of length 1. Takes time in
 * proportion to the texts.
 */
export function compareText(wanted: VectorBlock, got: VectorBlock, text: number): ComparedText {
  const before = findNearest(wanted, text);
  const after = findNearest(got, text);
  const isAlike = wanted.dimensions === got.dimensions;
  return {
    cosine: isAlike ? dot(wanted, text, got, text) : Number.NaN,
    agrees: after.nearest === before.nearest,
    isClear: before.margin > clearMargin,
  };
}

/** What the texts say together. */
export function summarizeTexts(compared: readonly ComparedText[]): VectorComparison {
  const clear = compared.filter(({ isClear }) => isClear);
  const share = (texts: readonly ComparedText[]): number =>
    texts.filter(({ agrees }) => agrees).length / texts.length;
  return {
    texts: compared.length,
    meanCosine: compared.reduce((sum, { cosine }) => sum + cosine, 0) / compared.length,
    leastCosine: compared.reduce((least, { cosine }) => Math.min(least, cosine), 1),
    agreement: share(compared),
    clearAgreement: share(clear),
    clearTexts: clear.length,
  };
}

function findNearest(block: VectorBlock, text: number): { nearest: number; margin: number } {
  let nearest = -1;
  let best = -Infinity;
  let second = -Infinity;
  for (let other = 0; other < block.count; other++) {
    if (other === text) continue;
    const cosine = dot(block, text, block, other);
    if (cosine > best) {
      second = best;
      best = cosine;
      nearest = other;
    } else if (cosine > second) second = cosine;
  }
  return { nearest, margin: best - second };
}

function dot(a: VectorBlock, rowA: number, b: VectorBlock, rowB: number): number {
  const width = a.dimensions;
  const fromA = rowA * width;
  const fromB = rowB * width;
  let sum = 0;
  for (let at = 0; at < width; at++) sum += a.values[fromA + at]! * b.values[fromB + at]!;
  return sum;
}
