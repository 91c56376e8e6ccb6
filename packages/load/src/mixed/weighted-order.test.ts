import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WeightedOrder } from "./weighted-order.ts";

const take = (order: WeightedOrder, turns: number): number[] =>
  Array.from({ length: turns }, () => order.next());

describe("WeightedOrder", () => {
  it("mingles the parts instead of serving one after the other", () => {
    expect(take(new WeightedOrder([5, 1, 1]), 7)).toEqual([0, 0, 1, 0, 2, 0, 0]);
    expect(take(new WeightedOrder([1, 1]), 4)).toEqual([0, 1, 0, 1]);
  });

  it("gives every part its share of any first turns, give or take one, wherever it begins", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }),
        fc.nat(300),
        fc.nat(300),
        (weights, skip, turns) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const served = take(new WeightedOrder(weights, skip), turns);
          for (const [part, weight] of weights.entries()) {
            const count = served.filter((each) => each === part).length;
            const bound = skip === 0 ? 1 : 2;
            expect(Math.abs(count - (turns * weight) / total)).toBeLessThan(bound);
          }
        },
      ),
    );
  });

  it("gives exact shares of every whole round, wherever it begins", () => {
    for (let skip = 0; skip < 10; skip += 1) {
      const served = take(new WeightedOrder([7, 3], skip), 10);
      expect(served.filter((part) => part === 0)).toHaveLength(7);
    }
  });
});
