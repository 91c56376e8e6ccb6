import { expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { intervalOfDifferences } from "./interval-of-differences.ts";

it("is the paired t interval", () => {
  // Mean 0.02, standard error 0.01 / sqrt(3), t(2) = 4.3027.
  const { difference, interval, rounds } = intervalOfDifferences([0.01, 0.02, 0.03, Number.NaN]);
  expect(difference).toBeCloseTo(0.02, 12);
  expect(interval?.[0]).toBeCloseTo(0.02 - 4.302_653 * (0.01 / Math.sqrt(3)), 6);
  expect(interval?.[1]).toBeCloseTo(0.02 + 4.302_653 * (0.01 / Math.sqrt(3)), 6);
  expect(rounds).toBe(3);
  expect(intervalOfDifferences([0.01])).toEqual({ difference: 0.01, interval: null, rounds: 1 });
  expect(intervalOfDifferences([])).toEqual({ difference: Number.NaN, interval: null, rounds: 0 });
});

it("holds the truth as often as it says", () => {
  const random = createRandom(7);
  const trials = 2000;
  let held = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    // Sums of uniform draws are nearly normal; their mean is 0.
    const draws = Array.from({ length: 8 }, () =>
      Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6),
    );
    const [from, to] = intervalOfDifferences(draws).interval!;
    if (from <= 0 && to >= 0) held += 1;
  }
  expect(held / trials).toBeGreaterThan(0.935);
  expect(held / trials).toBeLessThan(0.965);
});
