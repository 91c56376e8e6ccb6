import { describe, expect, it } from "vitest";
import { createRandom, type RandomSource } from "../random.ts";
import { estimateGain, type GainRound } from "./gain.ts";
import { summariseRepeats } from "./rate-over-repeats.ts";

/** Box and Muller. */
function normal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe("summariseRepeats", () => {
  it("gives no interval where it would say nothing, and no mean of nothing", () => {
    expect(summariseRepeats([])).toBeUndefined();
    expect(summariseRepeats([0, Number.NaN])).toBeUndefined();
    expect(summariseRepeats([50])).toEqual({
      mean: expect.closeTo(50) as number,
      interval: null,
      variation: null,
    });
    expect(summariseRepeats([40, 62.5])).toMatchObject({
      mean: expect.closeTo(50) as number,
      interval: null,
    });
    const { mean, interval, variation } = summariseRepeats([40, 50, 62.5])!;
    expect(mean).toBeCloseTo(50);
    expect(interval!.low * interval!.high).toBeCloseTo(2500);
    expect(variation).toBeCloseTo(0.226, 3);
  });

  it("covers the truth in 95 % of the cases", () => {
    const random = createRandom(7);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial += 1) {
      const rates = Array.from({ length: 4 }, () => 100 * Math.exp(0.1 * normal(random)));
      const { interval } = summariseRepeats(rates)!;
      if (interval!.low <= 100 && interval!.high >= 100) covered += 1;
    }
    expect(covered / 2000).toBeGreaterThan(0.935);
    expect(covered / 2000).toBeLessThan(0.965);
  });
});

describe("estimateGain", () => {
  it("is undefined for fewer than three usable rounds", () => {
    const round = { baseline: 1, candidate: 2 };
    expect(estimateGain([round, round])).toBeUndefined();
    expect(estimateGain([round, round, { baseline: 0, candidate: 2 }])).toBeUndefined();
    expect(estimateGain([round, round, round])).toMatchObject({ rounds: 3, ratio: 2 });
  });

  /** Rounds on a machine that drifts: both settings of a round see the same speed. */
  function measure(random: RandomSource, truth: number, rounds: number): GainRound[] {
    return Array.from({ length: rounds }, () => {
      const speed = 30 * Math.exp(0.3 * normal(random));
      return {
        baseline: speed * Math.exp(0.05 * normal(random)),
        candidate: truth * speed * Math.exp(0.05 * normal(random)),
      };
    });
  }

  it("covers the true gain, and what a second measurement finds, in 95 % of the cases, whatever the drift", () => {
    const random = createRandom(11);
    const trials = 2000;
    let [truth, again] = [0, 0];
    for (let trial = 0; trial < trials; trial += 1) {
      const gain = estimateGain(measure(random, 1.3, 5))!;
      const second = estimateGain(measure(random, 1.3, 5))!;
      if (gain.interval.low <= 1.3 && gain.interval.high >= 1.3) truth += 1;
      if (gain.again.low <= second.ratio && gain.again.high >= second.ratio) again += 1;
    }
    for (const share of [truth / trials, again / trials]) {
      expect(share).toBeGreaterThan(0.935);
      expect(share).toBeLessThan(0.965);
    }
  });

  it("is not fooled by the best of many: the choosing flatters, the confirmation does not", () => {
    const random = createRandom(3);
    const trials = 150;
    let [flattered, alarms] = [0, 0];
    for (let trial = 0; trial < trials; trial += 1) {
      // 45 settings that are all equal, three repeats each.
      const figures = Array.from(
        { length: 45 },
        () => summariseRepeats(Array.from({ length: 3 }, () => 30 * Math.exp(0.08 * normal(random))))!.mean,
      );
      flattered += Math.max(...figures) / 30;
      const gain = estimateGain(measure(random, 1, 5))!;
      if (gain.interval.low > 1 || gain.interval.high < 1) alarms += 1;
    }
    expect(flattered / trials).toBeGreaterThan(1.08);
    expect(alarms / trials).toBeLessThan(0.08);
  });
});
