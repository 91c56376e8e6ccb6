import { poolings, type Pooling } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { poolTokens } from "./pool-tokens.ts";

/** Two rows of three places, two wide; the second row has two tokens, its padding must not count. */
const padding = 1e9;
const tokens = {
  values: Float32Array.from([1, 8, 2, 4, 6, 0, -3, 4, -1, -2, padding, padding]),
  paddedLength: 3,
  width: 2,
};
const lengths = Int32Array.from([3, 2]);

function pool(pooling: Pooling, normalize = false, dimensions = 2): number[] {
  return [...poolTokens(tokens, { lengths, pooling, normalize, dimensions }).values];
}

describe("poolTokens", () => {
  it("pools over a row's own tokens", () => {
    expect(pool("mean")).toEqual([3, 4, -2, 1]);
    expect(pool("cls")).toEqual([1, 8, -3, 4]);
    expect(pool("max")).toEqual([6, 8, -1, 4]);
    expect(pool("last")).toEqual([6, 0, -1, -2]);
    const [threeths, halves] = [Math.sqrt(3), Math.sqrt(2)];
    const wanted = [9 / threeths, 12 / threeths, -4 / halves, 2 / halves].map(Math.fround);
    expect(pool("mean_sqrt_len")).toEqual(wanted);
    expect(pool("weightedmean")).toEqual([(1 + 4 + 18) / 6, (8 + 8) / 6, -5 / 3, 0].map(Math.fround));
  });

  it("passes over the tokens of a prompt, but for the first and the last one", () => {
    const skipping = (pooling: Pooling, skippedTokens: number): number[] => [
      ...poolTokens(tokens, { lengths, pooling, normalize: false, dimensions: 2, skippedTokens }).values,
    ];
    expect(skipping("mean", 1)).toEqual([4, 2, -1, -2]);
    expect(skipping("max", 1)).toEqual([6, 4, -1, -2]);
    expect(skipping("weightedmean", 1)).toEqual([(4 + 18) / 5, 8 / 5, -1, -2].map(Math.fround));
    expect(skipping("cls", 1)).toEqual(pool("cls"));
    expect(skipping("last", 1)).toEqual(pool("last"));
    // A row that was cut within its prompt.
    expect(skipping("mean", 9)).toEqual(pool("last"));
  });

  it("cuts before it scales to length 1", () => {
    expect(pool("mean", true)[0]).toBeCloseTo(0.6, 6);
    expect(pool("mean", true, 1)).toEqual([1, -1]);
  });

  it("leaves a vector of length 0 as it is", () => {
    const zero = { values: new Float32Array(2), paddedLength: 1, width: 2 };
    const batch = { lengths: Int32Array.of(1), pooling: "mean", normalize: true, dimensions: 2 } as const;
    expect([...poolTokens(zero, batch).values]).toEqual([0, 0]);
  });

  it.each(poolings)("refuses a value that is not finite (%s)", (pooling) => {
    for (const bad of [Number.NaN, Infinity]) {
      const values = Float32Array.from([bad]);
      const batch = { lengths: Int32Array.of(1), pooling, normalize: true, dimensions: 1 };
      expect(() => poolTokens({ values, paddedLength: 1, width: 1 }, batch)).toThrow(/row 0 of 1/);
    }
  });

  it("does not let a later value hide one that is not a number", () => {
    const values = Float32Array.from([Number.NaN, 5]);
    const batch = { lengths: Int32Array.of(2), pooling: "max", normalize: false, dimensions: 1 } as const;
    expect(() => poolTokens({ values, paddedLength: 2, width: 1 }, batch)).toThrow(/not a finite number/);
  });
});
