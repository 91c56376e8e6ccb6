import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram, histogramRelativeError } from "./histogram.ts";

const inRange = fc.double({ min: 2 ** -14, max: 2 ** 27 - 1, noNaN: true });
const samples = fc.array(fc.oneof(inRange, fc.constantFrom(0, 1, 2, 255.999, 256, 1000)), { maxLength: 400 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe("Histogram", () => {
  it("is within 0.4 % of the sorted samples at every rank", () => {
    expect(histogramRelativeError).toBeLessThan(0.004);
    fc.assert(
      fc.property(
        fc.array(inRange, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = values.toSorted((a, b) => a - b);
          const histogram = histogramOf(values);
          for (const asked of [q, 0.5, 0.9, 0.99]) {
            const exact = sorted.at(
              Math.max(0, Math.ceil(asked * values.length - 1e-9 * values.length) - 1),
            )!;
            expect(Math.abs(histogram.quantile(asked) - exact)).toBeLessThanOrEqual(
              exact * histogramRelativeError,
            );
          }
        },
      ),
    );
  });

  it("keeps n, min, max exactly and the mean to a millionth", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const histogram = histogramOf(values);
        expect(histogram.n).toBe(values.length);
        expect(histogram.min).toBe(Math.min(...values));
        expect(histogram.max).toBe(Math.max(...values));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(Math.abs(histogram.mean - mean)).toBeLessThanOrEqual(2 ** -15 + mean * 1e-12);
      }),
    );
  });

  it("merges exactly, in any grouping", () => {
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const whole = histogramOf([...a, ...b, ...c]);
        const left = histogramOf(a);
        left.merge(histogramOf(b));
        left.merge(histogramOf(c));
        const right = histogramOf(c);
        const inner = histogramOf(b);
        inner.merge(histogramOf(a));
        right.merge(inner);
        expect(left.encode()).toEqual(whole.encode());
        expect(right.encode()).toEqual(whole.encode());
      }),
    );
  });

  it("comes back from JSON as it was", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const histogram = histogramOf(values);
        const read = Histogram.decode(JSON.parse(JSON.stringify(histogram.encode())));
        expect(read.encode()).toEqual(histogram.encode());
        expect(read.quantile(0.5)).toEqual(histogram.quantile(0.5));
      }),
    );
  });

  it("counts what is negative, not a number or below its range as (nearly) nothing, and keeps the largest", () => {
    const histogram = histogramOf([-1, Number.NaN, 1e-9, 1e12, 1e13]);
    expect(histogram.n).toBe(5);
    expect(histogram.quantile(0.5)).toBeLessThan(1e-4);
    expect(histogram.min).toBe(0);
    expect(histogram.max).toBe(1e13);
    expect(histogram.quantile(1)).toBe(1e13);
  });

  it("says NaN of nothing, and forgets on reset", () => {
    const histogram = histogramOf([5, 6]);
    histogram.reset();
    expect(histogram.quantile(0.5)).toBeNaN();
    expect(histogram.encode()).toEqual(new Histogram().encode());
    histogram.record(7);
    expect(histogram.quantile(0.5)).toBe(7);
  });

  it("writes a second of ordinary latencies in under 1 kB", () => {
    const histogram = new Histogram();
    for (let index = 0; index < 1000; index += 1) histogram.record(100 + (index % 97) * 2);
    expect(JSON.stringify(histogram.encode()).length).toBeLessThan(1000);
  });

  it("refuses another layout and damaged counts", () => {
    const good = histogramOf([1, 2, 3]).encode();
    expect(() => Histogram.decode({ ...good, layout: "other" as "log-linear-128" })).toThrow(
      "log-linear-128",
    );
    expect(() => Histogram.decode({ ...good, n: 4 })).toThrow("n = 4");
    expect(() => Histogram.decode({ ...good, counts: "%%" })).toThrow("base64");
    expect(() => Histogram.decode({ ...good, counts: btoa("\u0001") })).toThrow("middle of a number");
    expect(() => Histogram.decode({ ...good, counts: btoa("\u00ff\u00ff\u0001\u0001") })).toThrow(
      "out of range",
    );
  });
});
