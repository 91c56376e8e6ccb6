import { describe, expect, it } from "vitest";
import { toCaseFigures } from "./case-figures.ts";
import { visitsOf } from "./fixtures/visits-of.ts";
import { createMatrix } from "./sweep-matrix.ts";

const { cases } = createMatrix({
  kind: "embeddings",
  quick: false,
  axes: { size: [500], batch: [1, 8], concurrency: [1, 2] },
  maxConcurrency: undefined,
  maxSize: undefined,
});

describe("the figures of a case", () => {
  it("are over all repeats, with speed-up over one text at a time and efficiency over one user", () => {
    const visits = visitsOf(cases, 3, ({ batch = 1, concurrency = 1 }, repeat) => ({
      rate: 10 * batch ** 0.5 * concurrency * 0.9 ** (concurrency - 1) * [0.9, 1, 1.1][repeat]!,
      rssBytes: 1_000 + repeat,
    }));
    const figures = toCaseFigures(cases, visits);
    const [single, two] = [figures[0]!, figures[1]!];
    expect(single).toMatchObject({
      speedUp: 1,
      efficiency: null,
      successShare: 1,
      serverRssBytes: 1_002,
      visits: 3,
    });
    expect(single.variation).toBeCloseTo(0.1, 1);
    expect(single.unitsPerSecondInterval!.low).toBeLessThan(single.unitsPerSecond!);
    expect(two.efficiency).toBeCloseTo(0.9);
    expect(figures[2]!.speedUp).toBeCloseTo(8 ** 0.5);
    expect(figures[3]!.speedUp).toBeCloseTo(8 ** 0.5 * 1.8);
    expect(figures[3]!.efficiency).toBeCloseTo(0.9);
    // Three visits of 24: as many as a p95 needs.
    expect(single.serviceMs).toMatchObject({ n: 72, p95: expect.any(Number) as number, p99: null });
  });

  it("say nothing of percentiles where there are few requests, nor of an interval where there are two repeats", () => {
    const [first] = toCaseFigures(
      cases,
      visitsOf(cases, 2, () => ({ rate: 10, requests: 5 })),
    );
    expect(first!.serviceMs).toMatchObject({ n: 10, p95: null, p50: expect.any(Number) as number });
    expect(first).toMatchObject({ unitsPerSecondInterval: null, variation: expect.closeTo(0) as number });
  });

  it("leave out visits whose generator did not keep up, as long as there are others", () => {
    const visits = visitsOf(cases, 2, (_, repeat) => ({
      rate: repeat === 0 ? 10 : 99,
      generator: repeat === 0 ? "valid" : "invalid",
    }));
    expect(toCaseFigures(cases, visits)[0]).toMatchObject({
      visits: 1,
      invalid: false,
      unitsPerSecond: expect.closeTo(10) as number,
    });
    const all = visits.map((visit) => ({ ...visit, generator: "invalid" as const }));
    expect(toCaseFigures(cases, all)[0]).toMatchObject({ visits: 2, invalid: true });
  });

  it("are there of what was measured only, and of what failed with its kinds", () => {
    const visits = visitsOf(cases.slice(0, 1), 2, () => ({
      rate: 5,
      failed: 24,
      failure: "timeout",
      message: "late",
    }));
    const figures = toCaseFigures(cases, visits);
    expect(figures).toHaveLength(1);
    expect(figures[0]).toMatchObject({
      successShare: 0,
      unitsPerSecond: null,
      speedUp: null,
      failures: { timeout: { count: 48, firstMessage: "late" } },
    });
  });
});
