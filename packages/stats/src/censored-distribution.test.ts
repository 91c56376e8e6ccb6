import { describe, expect, it } from "vitest";
import { toDistribution } from "./distribution.ts";
import { Histogram } from "./histogram.ts";
import { createRandom } from "./random.ts";

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}
const evenly = (count: number, from: number, to: number): number[] =>
  Array.from({ length: count }, (_, index) => from + ((to - from) * (index + 0.5)) / count);

describe("toDistribution with samples that were cut off", () => {
  it("gives no plain figure where a server froze and held two thirds of all requests", () => {
    // 200/s for 6 s: answers of 3 ms for 2 s, then none. The median of all is a request that had waited for 1 s.
    const { p50, p99, max, mean, censored } = toDistribution(
      histogramOf(evenly(402, 2.9, 3.1)),
      histogramOf(evenly(798, 0, 4000)),
    );
    expect({ p50, p99, max, mean }).toEqual({ p50: null, p99: null, max: null, mean: null });
    expect(censored).toMatchObject({ n: 798, max: expect.closeTo(3997, 0) as number });
    expect(censored!.atLeast.p50! / 990).toBeCloseTo(1, 1);
    expect(censored!.atLeast.p99! / 3940).toBeCloseTo(1, 2);
    expect(censored!.atLeast.max).toBe(censored!.max);
  });

  it("keeps all figures where what was cut off is younger than any answer", () => {
    // 20/s for 10 s with answers of 1.25 s: 25 are in flight at the end of any moment.
    const seen = histogramOf(evenly(175, 1240, 1260));
    const figures = toDistribution(seen, histogramOf(evenly(25, 0, 1200)));
    expect(figures).toEqual({ ...toDistribution(seen), censored: { n: 25, max: 1176, atLeast: {} } });
  });

  it("keeps the figures of a healthy run whose answers vary", () => {
    const random = createRandom(3);
    const exponential = (): number => -100 * Math.log1p(-random());
    const seen = histogramOf(Array.from({ length: 5000 }, exponential));
    // In flight at a moment: as old as answers take, for an exponential.
    const { p50, p90, p95, p99, censored } = toDistribution(
      seen,
      histogramOf(Array.from({ length: 10 }, exponential)),
    );
    expect([p50, p90, p95, p99]).not.toContain(null);
    expect(censored!.atLeast).toEqual({});
  });

  it("bounds from below what a late part of the samples would have said", () => {
    // A tenth froze: the median stands, the 95th of a hundred does not.
    const seen = histogramOf(evenly(900, 100, 110));
    const { p50, p90, p95, p99, max, censored } = toDistribution(seen, histogramOf(evenly(100, 2000, 4000)));
    expect(p50! / 105.5).toBeCloseTo(1, 1);
    expect(p90! / 110).toBeCloseTo(1, 1);
    expect([p95, p99, max]).toEqual([null, null, null]);
    expect(censored!.atLeast.p95! / 3000).toBeCloseTo(1, 1);
  });

  it("says how long everything took at least where nothing was answered", () => {
    const { n, p50, censored } = toDistribution(new Histogram(), histogramOf(evenly(40, 0, 4000)));
    expect({ n, p50 }).toEqual({ n: 0, p50: null });
    expect(censored!.atLeast.p50! / 1950).toBeCloseTo(1, 1);
    // Too few for a 95th of a hundred, cut off or not.
    expect(censored!.atLeast.p95).toBeUndefined();
  });
});
