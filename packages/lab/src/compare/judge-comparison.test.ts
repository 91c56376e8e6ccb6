import type { Judgement } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { describeMetricName } from "./describe-metric-name.ts";
import { judgeComparison, type JudgedComparison } from "./judge-comparison.ts";

function judged(
  verdict: Judgement["verdict"],
  changes: Partial<JudgedComparison> = {},
  judgement: Partial<Judgement> = {},
): ReturnType<typeof judgeComparison> {
  const interval = [-0.16, -0.08] as const;
  return judgeComparison({
    end: { kind: "decided" },
    judgement: { verdict, decided: true, change: -0.12, interval, rounds: 8, roundsMore: null, ...judgement },
    primary: {
      name: "ttft.p50",
      unit: "ms",
      better: "less",
      primary: true,
      a: 470,
      b: 412,
      change: -0.12,
      interval,
      rounds: 8,
    },
    unit: "tokens",
    against: "another",
    delta: 0.05,
    smallestSeen: 0.012,
    a: { label: "A", failedShare: 0, missedLimits: [] },
    b: { label: "B", failedShare: 0, missedLimits: [] },
    leftOut: undefined,
    ...changes,
  });
}

const failing = {
  label: "B",
  failedShare: 0.2,
  missedLimits: ["20 % of requests failed, the limit is errors < 1%"],
};

describe("judgeComparison", () => {
  it("answers in one sentence with change, interval, figures and rounds", () => {
    expect(judged("faster")).toEqual({
      kind: "faster",
      sentence:
        "B is faster: TTFT p50 of B is 12.0 % lower (95 % interval -16.0 % to -8.0 %), 412 ms against 470 ms of A, over 8 rounds.",
      reasons: [],
    });
    expect(judged("same", {}, { change: 0.0001 }).sentence).toMatch(
      /^B is as fast as A: TTFT p50 of B is the same to 0\.1 % .*, within the 5 % that matter\.$/,
    );
  });

  it("says how many more rounds would decide, where that is known", () => {
    expect(judged("inconclusive", {}, { roundsMore: 12 }).sentence).toMatch(
      /^Not decided after 8 rounds: .* about 12 rounds more would decide it \(--max-rounds\)\.$/,
    );
    expect(judged("inconclusive").sentence).not.toContain("more would");
  });

  it("does not call B better that misses a limit, and says so of A as well", () => {
    const verdict = judged("faster", { b: failing });
    expect(verdict.kind).toBe("limit-missed");
    expect(verdict.sentence).toMatch(/^B missed a limit: 20 % of requests failed.* B is faster: /);
    const both = judged("faster", { a: { ...failing, label: "A" }, b: failing });
    expect(both.sentence).toMatch(/^B missed a limit, and so did A: /);
    expect(judged("faster", { a: { ...failing, label: "A" } })).toMatchObject({
      kind: "faster",
      reasons: [
        "A: 20 % of requests failed, the limit is errors < 1%.",
        "B failed none of its requests, A 20 %.",
      ],
    });
  });

  it("puts a difference in failures into the sentence, whatever the limits", () => {
    const verdict = judged("faster", { b: { label: "B", failedShare: 0.008, missedLimits: [] } });
    expect(verdict.kind).toBe("faster");
    expect(verdict.sentence).toMatch(/ B failed 0\.8 % of its requests, A none\.$/);
  });

  it("answers a comparison with itself by how much can be seen", () => {
    expect(judged("same", { against: "itself" }).sentence).toMatch(
      /^Against itself: .*\. Differences from about 1\.2 % on can be told from none here in 8 rounds\.$/,
    );
    expect(judged("slower", { against: "itself" }).sentence).toMatch(/^A difference where there is none: /);
  });

  it("says what ended it before what the rounds said until then", () => {
    const verdict = judged("faster", {
      end: { kind: "not-measured", label: "B", round: 9, reason: "The target stopped answering." },
    });
    expect(verdict.kind).toBe("not-measured");
    expect(verdict.sentence).toMatch(
      /^B could not be measured in round 9: the target stopped answering\. Until then: TTFT p50 of B is 12/,
    );
    expect(judged("faster", { end: { kind: "invalid", reason: "it was late" } }).kind).toBe("invalid");
    expect(judged("faster", { end: { kind: "no-figure", reason: "none" } }).kind).toBe("inconclusive");
    expect(judged("faster", { end: { kind: "interrupted" } }).kind).toBe("interrupted");
    // A full disk takes nothing away from what was found.
    expect(judged("faster", { end: { kind: "no-folder", reason: "full" } }).kind).toBe("faster");
  });
});

describe("describeMetricName", () => {
  it("is what people call it", () => {
    expect(describeMetricName("ttft.p95", "tokens")).toBe("TTFT p95");
    expect(describeMetricName("units", "texts")).toBe("texts/s");
    expect(describeMetricName("requests", "texts")).toBe("requests/s");
  });
});
