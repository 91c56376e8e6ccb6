import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { fitSlope } from "./fit-slope.ts";
import { LineSums } from "./line-sums.ts";

function points(count: number, seed: number): { readonly x: number[]; readonly y: number[] } {
  const random = createRandom(seed);
  const x = Array.from({ length: count }, () => 1e7 + 1e6 * random());
  const y = x.map((value) => 5000 + 8e-5 * value + 20 * (random() - 0.5));
  return { x, y };
}

describe("LineSums", () => {
  it("gives the line that all points together give, in one part or in several", () => {
    const { x, y } = points(300, 1);
    const exact = fitSlope(x, y);
    const whole = new LineSums();
    const parts = [new LineSums(), new LineSums(), new LineSums()];
    for (const [index, value] of x.entries()) {
      whole.add(value, y[index]!);
      parts[index % 2]!.add(value, y[index]!);
    }
    const merged = new LineSums();
    for (const part of parts) merged.merge(structuredClone(part.encode()));
    for (const sums of [whole, merged]) {
      const line = sums.fit()!;
      expect(line.slope).toBeCloseTo(exact.slope, 12);
      expect(line.halfWidth).toBeCloseTo(exact.halfWidth, 12);
      expect(line.n).toBe(300);
      expect([line.minX, line.maxX]).toEqual([Math.min(...x), Math.max(...x)]);
      // Through the middle of the points.
      expect(line.base + line.slope * 1.05e7).toBeCloseTo(5840, -1);
    }
  });

  it("holds the true slope in 95 % of its intervals", () => {
    let inside = 0;
    for (let seed = 1; seed <= 400; seed += 1) {
      const { x, y } = points(12, seed);
      const sums = new LineSums();
      for (const [index, value] of x.entries()) sums.add(value, y[index]!);
      const { slope, halfWidth } = sums.fit()!;
      if (Math.abs(slope - 8e-5) <= halfWidth) inside += 1;
    }
    expect(inside / 400).toBeGreaterThan(0.92);
    expect(inside / 400).toBeLessThan(0.98);
  });

  it("knows no line of too few points, nor of points above each other", () => {
    const sums = new LineSums();
    expect(sums.fit()).toBeUndefined();
    for (let index = 0; index < 5; index += 1) sums.add(3, index);
    expect(sums.fit()).toBeUndefined();
  });
});
