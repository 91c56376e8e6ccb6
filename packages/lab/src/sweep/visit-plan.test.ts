import { describe, expect, it } from "vitest";
import { usersOf } from "./sweep-case.ts";
import { createMatrix } from "./sweep-matrix.ts";
import { countForTime, countRequests, orderVisits, type VisitBudget } from "./visit-plan.ts";

const { cases } = createMatrix({
  kind: "embeddings",
  quick: false,
  axes: {},
  maxConcurrency: undefined,
  maxSize: undefined,
});
const full: VisitBudget = { repeats: 3, leastRequests: 10, mostRequests: 72, timeMs: 5_000, matrixMs: null };

describe("the order of visits", () => {
  it("has every case once in each repeat, each time in another order that the seed decides", () => {
    const order = orderVisits(cases, 3, 7);
    expect(order).toEqual(orderVisits(cases, 3, 7));
    const rounds = [0, 1, 2].map((repeat) =>
      order.filter((visit) => visit.repeat === repeat).map(({ case: { id } }) => id),
    );
    for (const round of rounds) expect(round.toSorted()).toEqual(cases.map(({ id }) => id).toSorted());
    expect(order.map(({ repeat }) => repeat)).toEqual([0, 1, 2].flatMap((repeat) => cases.map(() => repeat)));
    expect(rounds[0]).not.toEqual(rounds[1]);
    expect(rounds[1]).not.toEqual(rounds[2]);
    expect(orderVisits(cases, 3, 8)).not.toEqual(order);
  });

  it("does not follow the matrix: drift does not fall on the large cases alone", () => {
    const places = new Map(cases.map(({ id }, place) => [id, place]));
    const order = orderVisits(cases, 1, 1).map(({ case: { id } }) => places.get(id)!);
    const mean = (cases.length - 1) / 2;
    const covariance = order.reduce((sum, place, at) => sum + (place - mean) * (at - mean), 0);
    const variance = order.reduce((sum, _, at) => sum + (at - mean) ** 2, 0);
    expect(Math.abs(covariance / variance)).toBeLessThan(0.4);
  });
});

describe("how many requests a visit has", () => {
  /** All visits of one case on a server that takes so long for a request. */
  function countAll(concurrency: number, eachMs: number, budget: VisitBudget): number[] {
    const swept = { id: "c", series: "grid", settings: { concurrency } } as const;
    let before = { requests: 0, tookMs: 0 };
    return Array.from({ length: budget.repeats }, (_, repeat) => {
      const requests = countRequests({ case: swept, repeat }, budget, before);
      before = { requests: before.requests + requests, tookMs: before.tookMs + requests * eachMs };
      return requests;
    });
  }

  it("is the least where requests are slow", () => {
    expect(countAll(1, 3_000, full)).toEqual([4, 3, 3]);
    expect(
      countAll(1, 3_000, { repeats: 2, leastRequests: 5, mostRequests: 5, timeMs: 0, matrixMs: null }),
    ).toEqual([3, 2]);
  });

  it("grows to 72 in all where they fit in the time, so that there is a p95", () => {
    const counts = countAll(1, 10, full);
    expect(counts[0]).toBe(4);
    expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(72);
    // 5 s in all at 200 ms: 25.
    const timed = countAll(1, 200, full).reduce((sum, count) => sum + count);
    expect(timed).toBeGreaterThan(22);
    expect(timed).toBeLessThan(29);
  });

  it("is a multiple of the users, two for each", () => {
    for (const users of [2, 3, 5])
      for (const eachMs of [1, 150, 4_000])
        for (const count of countAll(users, eachMs, full)) {
          expect(count % users).toBe(0);
          expect(count / users).toBeGreaterThanOrEqual(2);
        }
  });

  it("fills a time in the confirmation", () => {
    expect(countForTime(2, { requests: 0, tookMs: 0 }, 1_500, 72)).toBe(4);
    expect(countForTime(2, { requests: 10, tookMs: 1_000 }, 1_500, 72)).toBe(14);
    expect(countForTime(5, { requests: 10, tookMs: 10 }, 1_500, 72)).toBe(70);
    for (const { settings } of cases)
      expect(countForTime(usersOf(settings), { requests: 1, tookMs: 1e6 }, 1, 72)).toBe(
        2 * usersOf(settings),
      );
  });
});
