import { describe, expect, it } from "vitest";
import { samplesNeeded, toDistribution } from "./distribution.ts";
import { Histogram } from "./histogram.ts";
import { minimumSamples } from "./minimum-samples.ts";

function firstNumbers(n: number): Histogram {
  const histogram = new Histogram();
  for (let value = 1; value <= n; value += 1) histogram.record(value);
  return histogram;
}

describe("minimumSamples", () => {
  // The largest of n samples is below the q-quantile with probability q^n. A two-sided 95 % interval leaves 2.5 % to
  // that side, so n is the first with q^n <= 0.025.
  it.each([
    ["p90", 0.9, 36],
    ["p95", 0.95, 72],
    ["p99", 0.99, 368],
    ["p99.9", 0.999, 3688],
  ])("is the first n at which the largest sample can bound %s", (_, q, n) => {
    expect(q ** n).toBeLessThanOrEqual(0.025);
    expect(q ** (n - 1)).toBeGreaterThan(0.025);
    expect(minimumSamples(q)).toBe(n);
  });

  it("counts the smallest sample for quantiles below the median", () => {
    expect(minimumSamples(0.1)).toBe(minimumSamples(0.9));
  });
});

describe("toDistribution", () => {
  it("gives a percentile from its least n on, and null one below", () => {
    for (const name of ["p90", "p95", "p99", "p999"] as const) {
      expect(toDistribution(firstNumbers(samplesNeeded[name] - 1))[name]).toBeNull();
      expect(toDistribution(firstNumbers(samplesNeeded[name]))[name]).toBeTypeOf("number");
    }
  });

  it("says something of a single sample, and nothing of none", () => {
    expect(toDistribution(firstNumbers(1))).toEqual({
      n: 1,
      mean: 1,
      min: 1,
      p50: 1,
      p90: null,
      p95: null,
      p99: null,
      p999: null,
      max: 1,
    });
    expect(toDistribution(new Histogram())).toMatchObject({
      n: 0,
      mean: null,
      min: null,
      p50: null,
      max: null,
    });
  });
});
