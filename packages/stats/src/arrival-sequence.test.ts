import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArrivalProcess } from "./arrival-process.ts";
import { ArrivalSequence } from "./arrival-sequence.ts";
import { createSchedule, type OpenLoopSchedule, type ScheduleSegment } from "./schedule.ts";

const open = (segments: readonly ScheduleSegment[], seed = 1): OpenLoopSchedule =>
  createSchedule({ seed, segments }) as OpenLoopSchedule;
const steady = (perSecond: number, arrivals: ArrivalProcess, seed = 1): OpenLoopSchedule =>
  open(
    [{ kind: "rate", fromPerSecond: perSecond, toPerSecond: perSecond, durationMs: null, arrivals }],
    seed,
  );

function take(sequence: ArrivalSequence, count: number): number[] {
  const times: number[] = [];
  while (times.length < count) {
    const dueMs = sequence.next();
    if (dueMs === Infinity) break;
    times.push(dueMs);
  }
  return times;
}

/** The arrivals of every worker, and all of them together in order of time. */
function deal(
  schedule: OpenLoopSchedule,
  workers: number,
  count: number,
): { shares: number[][]; all: number[] } {
  const lastMs = take(new ArrivalSequence(schedule), count).at(-1)!;
  const shares = Array.from({ length: workers }, (_, worker) => {
    const sequence = new ArrivalSequence(schedule, { worker, workers });
    const times: number[] = [];
    for (let dueMs = sequence.next(); dueMs <= lastMs; dueMs = sequence.next()) times.push(dueMs);
    return times;
  });
  return { shares, all: shares.flat().toSorted((a, b) => a - b) };
}

interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { n, mean, variance };
}

const gapsOf = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - times[index]!);

function lagOneCorrelation(values: readonly number[]): number {
  const { mean } = momentsOf(values);
  let [above, below] = [0, 0];
  for (const [index, value] of values.entries()) {
    below += (value - mean) ** 2;
    if (index > 0) above += (value - mean) * (values[index - 1]! - mean);
  }
  return above / below;
}

function dispersionOfCounts(times: readonly number[], windowMs: number): { index: number; windows: number } {
  const windows = Math.floor(times.at(-1)! / windowMs);
  const counts = Array.from({ length: windows }, () => 0);
  for (const time of times) {
    const window = Math.floor(time / windowMs);
    if (window < windows) counts[window] = counts[window]! + 1;
  }
  const { mean, variance } = momentsOf(counts);
  return { index: variance / mean, windows };
}

// Seeds are fixed, so nothing here flickers; five standard errors leave room for the approximations.
const standardErrors = 5;

/**
 * What the squared coefficient of variation of a sample of gamma gaps may differ by from 1/shape. Its coefficient of
 * variation has the variance (0.5 + 0.5 / shape) / (shape n): delta method on mean and variance, with skewness
 * 2 / sqrt(shape) and kurtosis 3 + 6 / shape.
 */
function expectRenewal(times: readonly number[], variationSquared: number): void {
  const gaps = gapsOf(times);
  const { n, mean, variance } = momentsOf(gaps);
  const variation = Math.sqrt(variance) / mean;
  const expected = Math.sqrt(variationSquared);
  const error = Math.sqrt((variationSquared * (0.5 + 0.5 * variationSquared)) / n);
  expect(Math.abs(variation - expected)).toBeLessThan(standardErrors * error);
  expect(Math.abs(lagOneCorrelation(gaps))).toBeLessThan(standardErrors / Math.sqrt(n));
  // Counts of long windows disperse as the squared variation of the gaps (Cox, Renewal Theory, section 4.5), plus
  // (1 - c^4) / 6 + ... over the mean count, which windows of 100 make smaller than the error.
  const { index, windows } = dispersionOfCounts(times, mean * 100);
  expect(Math.abs(index - variationSquared)).toBeLessThan(
    standardErrors * variationSquared * Math.sqrt(2 / windows) + 0.02,
  );
}

const random: readonly [string, ArrivalProcess, number][] = [
  ["poisson", { kind: "poisson" }, 1],
  ["gamma 0.25", { kind: "gamma", shape: 0.25 }, 4],
  ["gamma 2", { kind: "gamma", shape: 2 }, 0.5],
  ["gamma 9", { kind: "gamma", shape: 9 }, 1 / 9],
];

describe("arrivals are what they say", () => {
  const count = 40_000;

  describe.each([1, 2, 7])("dealt to %i workers", (workers) => {
    it("constant: equal gaps, in each share as in the whole", () => {
      const { shares, all } = deal(steady(50, { kind: "constant" }), workers, 10_000);
      expect(all[0]).toBe(0);
      for (const gap of gapsOf(all)) expect(gap).toBeCloseTo(20, 6);
      for (const share of shares) for (const gap of gapsOf(share)) expect(gap).toBeCloseTo(20 * workers, 6);
      // A window of 10.5 gaps holds 10 or 11: the variance is a quarter at most.
      expect(dispersionOfCounts(all, 210).index).toBeLessThan(0.26 / 10);
    });

    it.each(random)("%s: variation, dispersion and independence of gaps", (_, arrivals, variationSquared) => {
      const { all } = deal(steady(50, arrivals), workers, count);
      expect(all).toHaveLength(count);
      const { mean } = momentsOf(gapsOf(all));
      expect(Math.abs(mean / 20 - 1)).toBeLessThan(standardErrors * Math.sqrt(variationSquared / count));
      expectRenewal(all, variationSquared);
    });

    it("poisson: each share is a Poisson process of its part of the rate", () => {
      const { shares } = deal(steady(50, { kind: "poisson" }), workers, count);
      for (const share of shares) {
        expectRenewal(share, 1);
        const part = count / workers;
        expect(Math.abs(share.length - part)).toBeLessThan(standardErrors * Math.sqrt(part));
      }
    });

    it("gamma: a share varies as thinning says it must", () => {
      const shape = 4;
      const { shares } = deal(steady(50, { kind: "gamma", shape }), workers, count);
      const expected = (1 / shape + workers - 1) / workers;
      for (const share of shares) {
        const gaps = gapsOf(share);
        const { mean, variance, n } = momentsOf(gaps);
        expect(Math.abs(variance / mean ** 2 - expected)).toBeLessThan((standardErrors * 2) / Math.sqrt(n));
        expect(Math.abs(lagOneCorrelation(gaps))).toBeLessThan(standardErrors / Math.sqrt(n));
      }
    });

    it("ramps and steps: gaps are of the same process on the clock of the rate", () => {
      // The integral of 10 -> 90 over 100 s, then 30/s.
      const areaAt = (ms: number): number =>
        ms < 100_000 ? 0.01 * ms + (0.08 / 200_000) * ms * ms : 5000 + 0.03 * (ms - 100_000);
      const schedule = open([
        {
          kind: "rate",
          fromPerSecond: 10,
          toPerSecond: 90,
          durationMs: 100_000,
          arrivals: { kind: "poisson" },
        },
        { kind: "rate", fromPerSecond: 30, toPerSecond: 30, durationMs: null, arrivals: { kind: "poisson" } },
      ]);
      const { shares, all } = deal(schedule, workers, 20_000);
      expect(all).toHaveLength(20_000);
      expectRenewal(all.map(areaAt), 1);
      for (const share of shares) expectRenewal(share.map(areaAt), 1);
    });

    it("replay: exactly the times, dealt in turn", () => {
      const dueMs = [0, 3, 3, 10, 500, 501, 502, 503, 900];
      const schedule = open([{ kind: "replay", dueMs }]);
      const { shares, all } = deal(schedule, workers, dueMs.length);
      expect(all).toEqual(dueMs);
      for (const [worker, share] of shares.entries())
        expect(share).toEqual(dueMs.filter((__, index) => index % workers === worker));
    });
  });
});

describe("ArrivalSequence", () => {
  it("gives a ramp the requests that its area says, whatever its slope", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.integer({ min: 1, max: 20_000 }),
        (fromPerSecond, toPerSecond, durationMs) => {
          const arrivals = { kind: "constant" } as const;
          const times = take(
            new ArrivalSequence(open([{ kind: "rate", fromPerSecond, toPerSecond, durationMs, arrivals }])),
            20_000,
          );
          const area = ((fromPerSecond + toPerSecond) / 2000) * durationMs;
          expect(Math.abs(times.length - area)).toBeLessThanOrEqual(1 + 1e-6);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(times.every((time) => time >= 0 && time < durationMs)).toBe(true);
        },
      ),
    );
  });

  it("carries a gap over from one segment to the next", () => {
    const arrivals = { kind: "constant" } as const;
    const schedule = open([
      { kind: "rate", fromPerSecond: 1, toPerSecond: 1, durationMs: 2500, arrivals },
      { kind: "rate", fromPerSecond: 10, toPerSecond: 10, durationMs: 300, arrivals },
      { kind: "rate", fromPerSecond: 0, toPerSecond: 0, durationMs: 1000, arrivals },
      { kind: "rate", fromPerSecond: 2, toPerSecond: 2, durationMs: 1000, arrivals },
    ]);
    // 2.5 requests after the first segment: the half that is missing takes 50 ms at ten times the rate.
    const times = take(new ArrivalSequence(schedule), 100);
    expect(times.map((time) => Math.round(time * 1e6) / 1e6)).toEqual([
      0, 1000, 2000, 2550, 2650, 2750, 4050, 4550,
    ]);
  });

  it("is decided by the seed", () => {
    const arrivals = { kind: "gamma", shape: 0.7 } as const;
    const times = (seed: number): number[] => take(new ArrivalSequence(steady(10, arrivals, seed)), 50);
    expect(times(4)).toEqual(times(4));
    expect(times(4)).not.toEqual(times(5));
    // Stored runs are repeated by their seed: a version that draws otherwise must not pass unseen.
    const first = take(new ArrivalSequence(steady(10, { kind: "poisson" }, 1)), 3);
    expect(first.map((time) => time.toFixed(6))).toMatchInlineSnapshot(`
      [
        "14.320875",
        "157.425832",
        "175.302386",
      ]
    `);
  });
});

describe("ArrivalSequence.extend", () => {
  const processes: readonly ArrivalProcess[] = [
    { kind: "constant" },
    { kind: "poisson" },
    { kind: "gamma", shape: 0.5 },
  ];

  it("gives what the longer schedule gives from the beginning, whenever and to whichever worker it comes", () => {
    const segment = fc.oneof(
      fc.record({
        kind: fc.constant("rate" as const),
        fromPerSecond: fc.integer({ min: 0, max: 200 }),
        toPerSecond: fc.integer({ min: 0, max: 200 }),
        durationMs: fc.integer({ min: 1, max: 500 }),
        arrivals: fc.constantFrom(...processes),
      }),
      fc.record({
        kind: fc.constant("replay" as const),
        dueMs: fc
          .array(fc.integer({ min: 0, max: 500 }), { minLength: 1 })
          .map((times) => times.toSorted((a, b) => a - b)),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        segment,
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 3 }),
        (segments, appended, taken, workers) => {
          for (let worker = 0; worker < workers; worker += 1) {
            const sequence = new ArrivalSequence(open(segments), { worker, workers });
            const before = take(sequence, taken);
            sequence.extend(appended);
            const whole = new ArrivalSequence(open([...segments, appended]), { worker, workers });
            expect([...before, ...take(sequence, 1e6)]).toEqual(take(whole, 1e6));
          }
        },
      ),
    );
  });
});

describe("ArrivalSequence at the end of a segment", () => {
  const count = (segment: ScheduleSegment): number =>
    take(new ArrivalSequence(open([segment])), 100_000).length;
  const rate = (from: number, to: number, durationMs: number): ScheduleSegment => ({
    kind: "rate",
    fromPerSecond: from,
    toPerSecond: to,
    durationMs,
    arrivals: { kind: "constant" },
  });

  it("has rate times duration of them, whatever the rounding", () => {
    const wrong: string[] = [];
    for (let perSecond = 1; perSecond <= 200; perSecond += 1)
      for (const seconds of [1, 2, 3, 5, 10, 30]) {
        const had = count(rate(perSecond, perSecond, seconds * 1000));
        if (had !== perSecond * seconds) wrong.push(`${perSecond}/s for ${seconds} s: ${had}`);
      }
    expect(wrong).toEqual([]);
  });

  it("has as many in a ramp as its area says", () => {
    const wrong: string[] = [];
    for (const [from, to] of [
      [10, 0],
      [0, 10],
      [10, 100],
      [100, 10],
      [7, 70],
      [0, 1],
    ] as const)
      for (const seconds of [2, 4, 10, 30]) {
        const area = ((from + to) * seconds) / 2;
        const had = count(rate(from, to, seconds * 1000));
        if (had !== Math.ceil(area)) wrong.push(`${from} to ${to}/s in ${seconds} s: ${had}, not ${area}`);
      }
    expect(wrong).toEqual([]);
  });

  it("begins the next segment with the arrival that belongs there", () => {
    const times = take(new ArrivalSequence(open([rate(70, 70, 3000), rate(70, 70, 3000)])), 1000);
    expect(times).toHaveLength(420);
    expect(times[210]).toBe(3000);
  });
});
