import type { Slice } from "@weir/load";
import { Histogram } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { parseComparedMetric } from "./compared-metric.ts";
import { toBlockInterval, toBlocks } from "./stored-blocks.ts";

/** A slice a second with so many answers of this time in it. */
function toSlice(second: number, ms: number, completed = 10): Slice {
  const histogram = new Histogram();
  for (let count = 0; count < completed; count += 1) histogram.record(ms);
  const encoded = completed === 0 ? null : histogram.encode();
  return {
    startMs: second * 1000,
    offered: completed,
    sent: completed,
    completed,
    failed: 0,
    units: completed * 2,
    inFlight: 0,
    serviceMs: encoded,
    responseMs: encoded,
    endedMs: null,
  };
}

const [p50, units] = [parseComparedMetric("response.p50"), parseComparedMetric("units")];
const slices = Array.from({ length: 30 }, (_, second) => toSlice(second, 100 + second));

describe("toBlocks", () => {
  it("cuts the window into tenths, whole seconds of it only", () => {
    const blocks = toBlocks(p50, slices, { startMs: 5000, endMs: 25_500 });
    expect(blocks).toHaveLength(10);
    expect(blocks![0]).toBeCloseTo(105, -1);
    expect(blocks![9]).toBeCloseTo(123, -1);
    expect(toBlocks(units, slices, { startMs: 0, endMs: 30_000 })).toEqual(
      Array.from({ length: 10 }, () => 20),
    );
  });

  it("gives none where there is too little, or slices do not hold the metric", () => {
    const window = { startMs: 0, endMs: 30_000 };
    expect(toBlocks(p50, slices, { startMs: 0, endMs: 4500 })).toBeNull();
    expect(toBlocks(parseComparedMetric("ttft.p50"), slices, window)).toBeNull();
    expect(toBlocks(parseComparedMetric("tokens"), slices, window)).toBeNull();
    expect(toBlocks(parseComparedMetric("response.p99"), slices, window)).toBeNull();
    const silent = slices.map((slice, second) => (second < 6 ? toSlice(second, 1, 0) : slice));
    expect(toBlocks(p50, silent, window)).toBeNull();
  });
});

describe("toBlockInterval", () => {
  it("is as wide as the blocks vary, around the change that was recorded", () => {
    const a = [100, 104, 96, 101, 99];
    const interval = toBlockInterval(a, [110, 113, 107, 111, 109], 0.12)!;
    expect(interval[0]).toBeLessThan(0.12);
    expect(interval[1]).toBeGreaterThan(0.12);
    expect(interval[1] - interval[0]).toBeLessThan(0.1);
    expect(toBlockInterval(a, null, 0.1)).toBeNull();
    expect(toBlockInterval(a, [1, 2], 0.1)).toBeNull();
  });
});
