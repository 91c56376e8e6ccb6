import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClosedLoopSchedule, requestOrder } from "./closed-loop-schedule.ts";
import { contentHash } from "./content-hash.ts";
import { createRandom } from "./random.ts";

describe("createClosedLoopSchedule", () => {
  it("is the same value for the same users and seed, and another hash for any other", () => {
    const schedule = createClosedLoopSchedule({ users: 4, seed: 7 });
    expect(schedule).toEqual(createClosedLoopSchedule({ users: 4, seed: 7 }));
    const hashes = [
      { users: 4, seed: 7 },
      { users: 4, seed: 8 },
      { users: 5, seed: 7 },
      { users: 47, seed: 0 },
    ].map((options) => createClosedLoopSchedule(options).hash);
    expect(new Set(hashes).size).toBe(4);
  });

  it("keeps its hash from version to version: stored runs are compared by it", () => {
    expect(createClosedLoopSchedule({ users: 4, seed: 1 }).hash).toBe("9cd6537c3759fc8a");
  });

  it("refuses what is no whole number in range", () => {
    expect(() => createClosedLoopSchedule({ users: 0, seed: 1 })).toThrow(
      "users must be a whole number from 1 on, got 0",
    );
    expect(() => createClosedLoopSchedule({ users: 1, seed: -1 })).toThrow("seed");
    expect(() => createClosedLoopSchedule({ users: 1.5, seed: 1 })).toThrow("1.5");
  });

  it("orders every request once, decided by the seed", () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.nat(), (length, seed) => {
        const schedule = createClosedLoopSchedule({ users: 3, seed });
        const order = requestOrder(schedule, length);
        expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index));
        expect(requestOrder(schedule, length)).toEqual(order);
      }),
    );
  });
});

describe("contentHash", () => {
  it("is FNV-1a: the published test vectors", () => {
    expect(contentHash("")).toBe("cbf29ce484222325");
    expect(contentHash("a")).toBe("af63dc4c8601ec8c");
    expect(contentHash("foobar")).toBe("85944171f73967e8");
  });
});

describe("createRandom", () => {
  it("is uniform enough: a chi-squared test over 100 bins, and seeds side by side differ", () => {
    for (const seed of [0, 1, 2, 2 ** 40]) {
      const random = createRandom(seed);
      const bins = Array.from({ length: 100 }, () => 0);
      for (let draw = 0; draw < 100_000; draw += 1) {
        const bin = Math.floor(random() * 100);
        bins[bin] = bins.at(bin)! + 1;
      }
      const chiSquared = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
      // 99 degrees of freedom: 60 and 150 are about the 0.1 % and 99.9 % points. The seeds are fixed, so this cannot flicker.
      expect(chiSquared).toBeGreaterThan(60);
      expect(chiSquared).toBeLessThan(150);
    }
    expect(createRandom(1)()).not.toBe(createRandom(2)());
  });
});
