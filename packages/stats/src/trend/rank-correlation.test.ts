import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { rankCorrelation } from "./rank-correlation.ts";

/** Values that each keep a share of the one before. */
function wander(count: number, keeps: number, random: () => number): number[] {
  let value = 0;
  return Array.from({ length: count }, () => {
    value = keeps * value + (random() + random() + random() - 1.5);
    return value;
  });
}

describe("rankCorrelation", () => {
  it("is Spearman's, ties shared", () => {
    expect(rankCorrelation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).rho).toBeCloseTo(0.8207826816681233, 12);
    expect(rankCorrelation([1, 2, 3], [30, 20, 10]).rho).toBeCloseTo(-1, 12);
    expect(rankCorrelation([1, 2, 3], [4, 4, 4])).toEqual({ rho: 0, z: 0 });
    expect(() => rankCorrelation([1], [])).toThrow("equal length");
  });

  it("is not taken in by series that wander on their own", () => {
    const random = createRandom(7);
    let alarms = 0;
    for (let trial = 0; trial < 2000; trial += 1) {
      const keeps = [0, 0.5, 0.9, 0.97][trial % 4]!;
      const { rho, z } = rankCorrelation(wander(60, keeps, random), wander(60, keeps, random));
      if (rho >= 0.7 && z >= 4) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(2);
  });

  it("sees what goes together", () => {
    const random = createRandom(8);
    let found = 0;
    for (let trial = 0; trial < 200; trial += 1) {
      const queue = wander(60, 0.5, random);
      const { rho, z } = rankCorrelation(
        queue.map((value) => 3 * value + (random() - 0.5)),
        queue,
      );
      if (rho >= 0.7 && z >= 4) found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(195);
  });
});
