import type { VectorBlock } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { compareText, summarizeTexts, type VectorComparison } from "./compare-vectors.ts";

/** Vectors of length 1 at these angles, in so many dimensions. */
function toBlock(degrees: readonly number[], dimensions = 2): VectorBlock {
  const values = new Float32Array(degrees.length * dimensions);
  for (const [row, angle] of degrees.entries()) {
    values[row * dimensions] = Math.cos((angle * Math.PI) / 180);
    values[row * dimensions + 1] = Math.sin((angle * Math.PI) / 180);
  }
  return { count: degrees.length, dimensions, values };
}

function compare(wanted: VectorBlock, got: VectorBlock): VectorComparison {
  return summarizeTexts(Array.from({ length: wanted.count }, (_, text) => compareText(wanted, got, text)));
}

describe("comparing the vectors of two models", () => {
  it("finds nothing between equal ones", () => {
    const block = toBlock([0, 10, 40, 45]);
    expect(compare(block, block)).toEqual({
      texts: 4,
      meanCosine: expect.closeTo(1, 6) as unknown,
      leastCosine: expect.closeTo(1, 6) as unknown,
      agreement: 1,
      clearAgreement: 1,
      clearTexts: 4,
    });
  });

  it("counts texts whose nearest is another one, and apart those where it was clear before", () => {
    // Of the text at 20 degrees the nearest was the one at 0 by a hair (0.940 to 0.934): that is not clear.
    const wanted = toBlock([0, 20, 41, 90]);
    const got = toBlock([0, 22, 41, 90]);
    const judged = compare(wanted, got);
    expect(judged).toMatchObject({ texts: 4, agreement: 0.75, clearTexts: 3, clearAgreement: 1 });
    expect(judged.leastCosine).toBeCloseTo(Math.cos((2 * Math.PI) / 180), 5);
    expect(judged.meanCosine).toBeGreaterThan(judged.leastCosine);
    expect(compare(wanted, toBlock([0, 20, 88, 90]))).toMatchObject({ clearAgreement: 2 / 3 });
  });

  it("compares neighbours where the lengths differ, and says nothing of cosines", () => {
    const judged = compare(toBlock([0, 10, 40, 45]), toBlock([0, 10, 40, 45], 3));
    expect(judged).toMatchObject({ agreement: 1, meanCosine: NaN, leastCosine: NaN });
  });

  it("has no share of clear texts where none is clear", () => {
    expect(compare(toBlock([0, 1, 2]), toBlock([0, 1, 2]))).toMatchObject({
      clearTexts: 0,
      clearAgreement: NaN,
    });
  });
});
