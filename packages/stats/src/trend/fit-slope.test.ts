import { describe, expect, it } from "vitest";
import { createRandom, type RandomSource } from "../random.ts";
import { fitSlope } from "./fit-slope.ts";

describe("fitSlope", () => {
  it("finds the line that points lie on, with no doubt about it", () => {
    const { slope, halfWidth } = fitSlope([1, 2, 3, 4], [5, 7, 9, 11]);
    expect(slope).toBeCloseTo(2, 12);
    expect(halfWidth).toBeCloseTo(0, 12);
  });

  it("gives the interval that the textbook gives", () => {
    // t(3) = 3.182 times a standard error of sqrt(0.9 / 3 / 10).
    const { slope, halfWidth } = fitSlope([1, 2, 3, 4, 5], [1, 2, 1.5, 3, 2.5]);
    expect(slope).toBeCloseTo(0.4, 12);
    expect(halfWidth).toBeCloseTo(3.182 * Math.sqrt(0.9 / 3 / 10), 3);
  });

  it.each([4, 8, 60])("covers the true slope in 95 of 100 cases, of %i points", (count) => {
    const random = createRandom(count);
    const x = Array.from({ length: count }, (_, index) => index);
    let covered = 0;
    const trials = 4000;
    for (let trial = 0; trial < trials; trial += 1) {
      const { slope, halfWidth } = fitSlope(
        x,
        x.map((value) => 0.3 * value + normal(random)),
      );
      if (Math.abs(slope - 0.3) <= halfWidth) covered += 1;
    }
    // Three standard errors of a share of 0.95 in 4,000.
    expect(Math.abs(covered / trials - 0.95)).toBeLessThan(0.0104);
  });

  it("refuses what has no slope", () => {
    expect(() => fitSlope([1, 2], [1, 2])).toThrow("three points or more");
    expect(() => fitSlope([1, 1, 1], [1, 2, 3])).toThrow("different x");
  });
});

/** Box and Muller's normal numbers. */
function normal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
