import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutBatches, planBatches, scatterVectors } from "./plan-batches.ts";

const anyLengths = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 });
const anyBudget = fc.integer({ min: 1, max: 3000 });

describe("planBatches", () => {
  it("puts rows of like length together, longest first", () => {
    const plan = planBatches([10, 200, 12, 190], { maxPaddedTokens: 400 });
    expect(plan.map(({ rows, longest }) => ({ rows: [...rows], longest }))).toEqual([
      { rows: [1, 3], longest: 200 },
      { rows: [2, 0], longest: 12 },
    ]);
  });

  it("gives a row over the budget a batch of its own", () => {
    expect(planBatches([500, 500], { maxPaddedTokens: 100 })).toHaveLength(2);
  });

  it("begins a new run where padding would cost more than that", () => {
    const describePlan = (lengths: readonly number[]) =>
      planBatches(lengths).map(({ rows }) => [...rows].map((row) => lengths[row]));
    expect(describePlan([10, 200])).toEqual([[200], [10]]);
    expect(describePlan([180, 200])).toEqual([[200, 180]]);
    expect(describePlan([10, 10, 10, 19, 20])).toEqual([[20, 19, 10, 10, 10]]);
    expect(describePlan([10, 10, 10, 10, 99, 100])).toEqual([
      [100, 99],
      [10, 10, 10, 10],
    ]);
  });

  it("costs no more, in padded tokens and 32 for each run, than filling one batch after the other", () => {
    const costOf = (plan: readonly { rows: { length: number }; longest: number }[]) =>
      plan.reduce((sum, { rows, longest }) => sum + 32 + rows.length * longest, 0);
    fc.assert(
      fc.property(anyLengths, anyBudget, (lengths, maxPaddedTokens) => {
        const filled: { rows: number[]; longest: number }[] = [];
        for (const length of lengths.toSorted((a, b) => b - a)) {
          const last = filled.at(-1);
          if (last !== undefined && (last.rows.length + 1) * last.longest <= maxPaddedTokens)
            last.rows.push(length);
          else filled.push({ rows: [length], longest: length });
        }
        expect(costOf(planBatches(lengths, { maxPaddedTokens }))).toBeLessThanOrEqual(costOf(filled));
      }),
    );
  });

  it("has nothing to plan for no rows", () => {
    expect(planBatches([])).toEqual([]);
  });

  it("has every row once, and no batch of several rows over the budget", () => {
    fc.assert(
      fc.property(anyLengths, anyBudget, (lengths, maxPaddedTokens) => {
        const plan = planBatches(lengths, { maxPaddedTokens });
        const rows = plan.flatMap((batch) => [...batch.rows]);
        expect(rows.toSorted((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
        for (const batch of plan) {
          expect(batch.longest).toBe(Math.max(...[...batch.rows].map((row) => lengths[row]!)));
          const most = Math.max(maxPaddedTokens, batch.longest);
          expect(batch.rows.length * batch.longest).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});

describe("cutBatches and scatterVectors", () => {
  it("bring each row's tokens to a batch and its vector back to the row", () => {
    fc.assert(
      fc.property(anyLengths, anyBudget, (lengthList, maxPaddedTokens) => {
        const lengths = Int32Array.from(lengthList);
        // Row r is r, r, r...: a vector made from its first token then says which row it was.
        const tokenIds = Int32Array.from(
          lengthList.flatMap((length, row) => Array<number>(length).fill(row)),
        );
        const values = new Float32Array(lengths.length * 2).fill(-1);
        for (const batch of cutBatches({ tokenIds, lengths }, { maxPaddedTokens })) {
          let start = 0;
          const made = [...batch.lengths].flatMap((length) => {
            const row = batch.tokenIds.subarray(start, start + length);
            start += length;
            expect(new Set(row).size).toBe(1);
            return [row[0]!, length];
          });
          expect(start).toBe(batch.tokenIds.length);
          const vectors = { count: batch.rows.length, dimensions: 2, values: Float32Array.from(made) };
          scatterVectors(vectors, batch.rows, values);
        }
        expect([...values]).toEqual(lengthList.flatMap((length, row) => [row, length]));
      }),
    );
  });
});
