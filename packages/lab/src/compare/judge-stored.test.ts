import { createRandom } from "@weir/stats";
import { describe, expect, it } from "vitest";
import type { ComparedSide, MetricComparison } from "./compare-record.ts";
import { isPlain, judgeStored, type JudgedStored } from "./judge-stored.ts";

const side = (label: string, changes: Partial<ComparedSide> = {}): ComparedSide => ({
  label,
  url: "http://x",
  start: null,
  toggle: null,
  workload: null,
  info: null,
  unit: "texts",
  completed: 500,
  failed: { total: 0, byKind: {} },
  failedShare: 0,
  missedLimits: [],
  ...changes,
});

const primary: MetricComparison = {
  name: "response.p50",
  unit: "ms",
  better: "less",
  primary: true,
  a: 100,
  b: 200,
  change: 1,
  interval: [0.9, 1.1],
  rounds: 1,
};

const judge = (changes: Partial<JudgedStored> = {}): ReturnType<typeof judgeStored> =>
  judgeStored({
    primary,
    a: side("A"),
    b: side("B"),
    invalid: [],
    plain: false,
    differences: [],
    ...changes,
  });

describe("judgeStored", () => {
  it("decides nothing, however narrow the interval", () => {
    expect(judge().kind).toBe("inconclusive");
    expect(judge().sentence).toMatch(
      /^Not decided, because the two are not interleaved: response p50 of B is 100 % higher/,
    );
  });

  it("decides what is plain, and says that it is not interleaved", () => {
    expect(judge({ plain: true })).toMatchObject({
      kind: "slower",
      sentence: expect.stringMatching(
        /^B is plainly slower, although the two are not interleaved: /,
      ) as string,
    });
    expect(judge({ plain: true, primary: { ...primary, better: "more" } }).kind).toBe("faster");
  });

  it("says first what makes the figures worth nothing", () => {
    expect(judge({ plain: true, invalid: ["A was interrupted"] }).kind).toBe("invalid");
    expect(judge({ b: side("B", { completed: 0 }) }).kind).toBe("not-measured");
    expect(judge({ plain: true, b: side("B", { missedLimits: ["50 % failed"] }) }).kind).toBe("limit-missed");
    expect(judge({ primary: { ...primary, change: null } }).kind).toBe("inconclusive");
  });
});

describe("isPlain", () => {
  const around = (value: number): { value: number; low: number; high: number } => ({
    value,
    low: value * 0.9,
    high: value * 1.1,
  });

  it("wants twice as much and no overlap, in either direction", () => {
    expect(isPlain({ a: around(100), b: around(210) })).toBe(true);
    expect(isPlain({ a: around(200), b: around(100) })).toBe(true);
    expect(isPlain({ a: around(100), b: around(180) })).toBe(false);
    expect(isPlain({ a: { value: 100, low: 90, high: 220 }, b: around(200) })).toBe(false);
  });

  it("raises next to no false alarm where one server drifts between two runs of it", () => {
    const random = createRandom(11);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // One AR(1) series of log latencies, rho 0.97, 20 % of spread: A is its first 100 seconds, B its last after a pause.
    const [rho, spread] = [0.97, 0.2];
    let alarms = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      let level = normal() * spread;
      const run = (): { value: number; low: number; high: number } => {
        const values = Array.from({ length: 100 }, () => {
          level = rho * level + Math.sqrt(1 - rho * rho) * spread * normal();
          return 100 * Math.exp(level + 0.1 * normal());
        }).toSorted((x, y) => x - y);
        return { value: values[50]!, low: values[50]!, high: values[95]! };
      };
      const a = run();
      for (let pause = 0; pause < 300; pause += 1)
        level = rho * level + Math.sqrt(1 - rho * rho) * spread * normal();
      if (isPlain({ a, b: run() })) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(2);
  });
});
