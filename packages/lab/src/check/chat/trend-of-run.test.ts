import { createRandom, Histogram } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { toTrendRow } from "./soak.ts";
import { findTrend, type TimedSlice, type Trend } from "./trend-of-run.ts";

const secondMs = 1000;

/** A run of so many seconds whose answers take 100 ms and more, with noise, and grow by a share of that a minute. */
function makeSlices(seconds: number, perSecond: number, growthPerMinute: number): readonly TimedSlice[] {
  const random = createRandom(1);
  return Array.from({ length: seconds }, (_, second) => {
    const responseMs = new Histogram();
    for (let answer = 0; answer < perSecond; answer += 1)
      responseMs.record(100 * (1 + (growthPerMinute * second) / 60) * (1 + random()));
    return { startMs: second * secondMs, responseMs: perSecond === 0 ? null : responseMs.encode() };
  });
}

function trendOf(seconds: number, perSecond: number, growthPerMinute: number): Trend {
  return findTrend(makeSlices(seconds, perSecond, growthPerMinute), {
    startMs: 0,
    endMs: seconds * secondMs,
  });
}

describe("findTrend", () => {
  it("finds no slope where there is none, within a bound that a long run makes narrow", () => {
    const trend = trendOf(1800, 4, 0);
    expect(trend).toMatchObject({ kind: "known", windows: 30, windowMs: 60_000, least: 240 });
    expect(toTrendRow(trend).status).toBe("pass");
  });

  it("finds what grows by three per cent a minute", () => {
    const trend = trendOf(1800, 4, 0.03);
    const known = trend as Extract<Trend, { kind: "known" }>;
    // Of the mean, which is 1.45 times the beginning.
    expect(known.perMinute).toBeGreaterThan(0.018);
    expect(known.perMinute).toBeLessThan(0.024);
    expect(toTrendRow(trend).status).toBe("fail");
  });

  it("takes longer windows where a minute has too few answers, and leaves half a window out", () => {
    expect(trendOf(1830, 1, 0)).toMatchObject({ windowMs: 120_000, windows: 15, least: 120 });
  });

  it("leaves warm-up out", () => {
    const slices = makeSlices(900, 2, 0).map((slice, second) =>
      second < 300 ? { ...slice, responseMs: null } : slice,
    );
    const trend = findTrend(slices, { startMs: 300_000, endMs: 900_000 });
    expect(trend).toMatchObject({ kind: "known", windows: 10, least: 120 });
  });

  it("takes shorter windows of a run that is shorter, which leaves more open", () => {
    const trend = trendOf(60, 20, 0);
    expect(trend).toMatchObject({ windowMs: 6000, windows: 10, least: 120 });
    expect(toTrendRow(trend).status).not.toBe("fail");
  });

  it("says what there was too little of", () => {
    expect(trendOf(60, 2, 0)).toEqual({
      kind: "unknown",
      why: "too few answers: 5 windows of 72 are needed, and one of 12 s had 24",
    });
    const row = toTrendRow(trendOf(600, 0, 0));
    expect(row.status).toBe("not-measured");
    expect(row.measured).toContain("one of 2 min had 0");
  });

  it("leaves open what may be noise", () => {
    const trend = {
      kind: "known",
      windows: 9,
      windowMs: 60_000,
      least: 80,
      p95Ms: 100,
      perMinute: 0.004,
      interval: [-0.01, 0.018],
    } as const;
    expect(toTrendRow(trend)).toMatchObject({ status: "not-measured", value: 0.004 });
  });
});
