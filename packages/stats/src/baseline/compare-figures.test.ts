import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { compareFigures } from "./compare-figures.ts";

const less = { better: "less", tolerance: 0.1 } as const;
const more = { better: "more", tolerance: 0.1 } as const;

describe("compareFigures", () => {
  it("tolerates what is tolerated, in either direction of better", () => {
    expect(compareFigures([109], [100], less)).toEqual({
      was: 100,
      change: expect.closeTo(0.09, 9),
      interval: null,
      kind: "same",
    });
    expect(compareFigures([91], [100], more)?.kind).toBe("same");
  });

  it("calls a difference between single figures neither worse nor better", () => {
    expect(compareFigures([300], [100], less)?.kind).toBe("unclear");
    expect(compareFigures([30], [100], more)?.kind).toBe("unclear");
    expect(compareFigures([30], [100], less)?.kind).toBe("same");
  });

  it("knows from repeats of the baseline how much a single figure moves", () => {
    const steady = [99, 100, 101, 100, 100];
    const unsteady = [70, 100, 130, 85, 110];
    expect(compareFigures([125], steady, less)).toMatchObject({ was: 100, kind: "worse" });
    expect(compareFigures([125], unsteady, less)?.kind).toBe("unclear");
    expect(compareFigures([75], steady, less)?.kind).toBe("better");
    expect(compareFigures([75], steady, more)?.kind).toBe("worse");
    expect(compareFigures([105], steady, less)?.kind).toBe("same");
    // Worked by hand: s = 0.00707, t(0.05, 4) = 2.776, 2.776 x s x sqrt(1 + 1/5) = 0.0215 around ln 1.25.
    const { interval } = compareFigures([125], steady, less)!;
    expect(interval![0]).toBeCloseTo(1.25 * Math.exp(-0.0215) - 1, 2);
    expect(interval![1]).toBeCloseTo(1.25 * Math.exp(0.0215) - 1, 2);
  });

  it("has no ratio to nothing", () => {
    expect(compareFigures([1], [0], less)).toBeUndefined();
    expect(compareFigures([], [1], less)).toBeUndefined();
    expect(compareFigures([0], [1, 2, 3], less)).toMatchObject({ change: -1, interval: null, kind: "same" });
  });

  it("seldom calls what is the same worse, and mostly finds what is a third slower", () => {
    const random = createRandom(7);
    const noise = (): number => {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      return Math.exp(0.05 * radius * Math.cos(2 * Math.PI * random()));
    };
    const repeats = (count: number, factor = 1): number[] =>
      Array.from({ length: count }, () => 100 * factor * noise());
    const share = (factor: number): number => {
      const worse = Array.from({ length: 1000 }, () => compareFigures(repeats(1, factor), repeats(5), less)!);
      return worse.filter(({ kind }) => kind === "worse").length / worse.length;
    };
    // One side of the 95 % interval.
    expect(share(1)).toBeLessThanOrEqual(0.04);
    expect(share(1.33)).toBeGreaterThanOrEqual(0.9);
  });
});
