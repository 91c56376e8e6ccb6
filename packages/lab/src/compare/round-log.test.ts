import { describe, expect, it } from "vitest";
import type { ComparedHalf } from "./compare-record.ts";
import { parseComparedMetric } from "./compared-metric.ts";
import { compareMetrics, judgeLog, toRound, toSmallestSeen } from "./round-log.ts";

const [primary, other] = [parseComparedMetric("response.p50"), parseComparedMetric("requests")];
const options = { delta: 0.05, minRounds: 2, maxRounds: 10, better: "less" as const };

function half(p50: number | null, changes: Partial<ComparedHalf> = {}): ComparedHalf {
  return {
    folder: "x",
    kind: "measured",
    reason: null,
    completed: 100,
    failed: 0,
    windowMs: 1000,
    figures: { "response.p50": p50, requests: 10 },
    ...changes,
  };
}

describe("toRound", () => {
  it("counts where both halves were measured and have the figure", () => {
    expect(toRound("ab", half(10), half(12), primary)).toMatchObject({ counts: true, reason: null });
    expect(toRound("ab", half(10), half(12), primary).change).toBeCloseTo(0.2, 12);
  });

  it("says why a round does not count, and has no change then", () => {
    const invalid = half(1, { kind: "invalid", reason: "the generator was late" });
    expect(toRound("ab", half(10), invalid, primary)).toMatchObject({
      counts: false,
      reason: "the generator was late",
      change: null,
    });
    expect(toRound("ba", null, half(10), primary).reason).toBe("it was not finished");
    expect(toRound("ba", half(10), half(null), primary).reason).toContain("there is no response.p50 in it");
    expect(toRound("ab", half(10), half(10), primary, "caches").reason).toBe("caches");
  });
});

describe("what rounds come to", () => {
  const rounds = [
    toRound("ab", half(10), half(12), primary),
    toRound("ba", half(20), half(24.2), primary),
    // Would turn the answer round if it counted.
    toRound("ab", half(100), half(1, { kind: "invalid" }), primary),
    toRound("ba", half(10), half(11.9), primary),
  ];
  const judgement = judgeLog(rounds, primary, options);

  it("is judged by those that count", () => {
    expect(judgement).toMatchObject({ verdict: "slower", rounds: 3 });
    expect(judgement.change).toBeGreaterThan(0.19);
    expect(judgement.change).toBeLessThan(0.21);
  });

  it("has the change of each metric as the quotient of what stands beside it", () => {
    const [first, second] = compareMetrics(rounds, [primary, other], judgement);
    expect(first).toMatchObject({ primary: true, rounds: 3, unit: "ms", interval: judgement.interval });
    expect(first!.b! / first!.a! - 1).toBeCloseTo(first!.change!, 12);
    expect(second).toMatchObject({ primary: false, change: 0, unit: "per-second", better: "more" });
    expect(second!.a).toBeCloseTo(10, 12);
    expect(second!.b).toBeCloseTo(10, 12);
  });

  it("leaves out metrics that no round has, but never the primary one", () => {
    const nothing = judgeLog([], primary, options);
    expect(compareMetrics([], [primary, other], nothing)).toMatchObject([
      { name: "response.p50", a: null, change: null, interval: null, rounds: 0 },
    ]);
    expect(compareMetrics(rounds, [primary, parseComparedMetric("ttft.p50")], judgement)).toHaveLength(1);
  });

  it("says the smallest change that can be seen: half of the interval", () => {
    expect(toSmallestSeen({ interval: [1 / 1.1 - 1, 0.1] })).toBeCloseTo(0.1, 12);
    expect(toSmallestSeen({ interval: null })).toBeNull();
  });
});
