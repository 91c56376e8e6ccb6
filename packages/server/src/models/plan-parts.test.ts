import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countUsefulParts, estimateTextCost, leastPartCost, planParts } from "./plan-parts.ts";

describe("planParts", () => {
  it("cuts where the cost is even, not the count", () => {
    expect(planParts([30, 10, 10, 10], 2)).toEqual([
      { from: 0, to: 1, cost: 30 },
      { from: 1, to: 4, cost: 30 },
    ]);
    expect(planParts([1, 1, 1, 1, 1, 1], 3).map(({ to }) => to)).toEqual([2, 4, 6]);
  });

  it("has every input once and in order, in no more parts than asked, each at most one input over its share", () => {
    const costs = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(costs, fc.integer({ min: 1, max: 9 }), (list, most) => {
        const parts = planParts(list, most);
        expect(parts.length).toBeLessThanOrEqual(most);
        let next = 0;
        for (const { from, to, cost } of parts) {
          expect(from).toBe(next);
          expect(to).toBeGreaterThan(from);
          expect(cost).toBe(list.slice(from, to).reduce((sum, value) => sum + value, 0));
          next = to;
        }
        expect(next).toBe(list.length);
        const total = list.reduce((sum, value) => sum + value, 0);
        const longest = Math.max(...list);
        for (const { cost } of parts) expect(cost).toBeLessThanOrEqual(total / most + longest);
      }),
    );
  });
});

describe("what a text costs", () => {
  it("is no more than the model looks at", () => {
    expect(estimateTextCost(1_000_000, 256)).toBe(8 + 256);
    expect(estimateTextCost(40, 256)).toBe(18);
  });

  it("is not worth splitting where it is little", () => {
    expect(countUsefulParts([leastPartCost, leastPartCost - 1])).toBe(1);
    expect(countUsefulParts([leastPartCost, leastPartCost])).toBe(2);
    expect(countUsefulParts([100 * leastPartCost])).toBe(1);
  });
});
