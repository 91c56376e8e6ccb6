import { describe, expect, it } from "vitest";
import { defaultMockOptions } from "../mock-options.ts";
import { timeFactor } from "./time-factor.ts";

describe("timeFactor", () => {
  const factor = (strain: object, underWay = 1, index = 0): number =>
    timeFactor({ ...defaultMockOptions, ...strain }, underWay, index);

  it("is 1 unless something is asked for, however many are under way", () => {
    expect([1, 50, 5000].map((underWay) => factor({}, underWay))).toEqual([1, 1, 1]);
  });

  it("slows everything down, grows with those under way, and falls off the cliff", () => {
    expect(factor({ slowdownRate: 0.1 }, 20)).toBeCloseTo(1.1);
    expect([1, 2, 51].map((underWay) => factor({ slopeRate: 0.02 }, underWay))).toEqual([1, 1.02, 2]);
    const cliff = { holds: 50, factor: 10 };
    expect([50, 51, 500].map((underWay) => factor({ cliff }, underWay))).toEqual([1, 10, 10]);
    expect(factor({ slowdownRate: 0.1, slopeRate: 0.02, cliff }, 51)).toBeCloseTo(1.1 * 2 * 10);
  });

  it("has noise with median 1 and the spread that was asked for, the same for the same seed", () => {
    const logs = Array.from({ length: 4000 }, (_, index) => Math.log(factor({ noiseRate: 0.2 }, 1, index)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const spread = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(spread - 0.2)).toBeLessThan(0.01);
    expect(logs.filter((log) => log > 0).length / 4000).toBeCloseTo(0.5, 1);
    expect(factor({ noiseRate: 0.2 }, 1, 9)).toBe(factor({ noiseRate: 0.2 }, 1, 9));
    expect(factor({ noiseRate: 0.2, seed: 2 }, 1, 9)).not.toBe(factor({ noiseRate: 0.2 }, 1, 9));
  });
});
