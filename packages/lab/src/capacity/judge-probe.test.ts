import { toDistribution, Histogram, type Distribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import type { RunSummary } from "../record/run-record.ts";
import { singleUserLimits, checkCapacityLimits } from "./capacity-limits.ts";
import { judgeBacklog, judgeProbe, shareAbove } from "./judge-probe.ts";

function times(values: readonly number[]): Distribution {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return toDistribution(histogram);
}

const spread = (n: number, fromMs: number, toMs: number): readonly number[] =>
  Array.from({ length: n }, (_, index) => fromMs + ((toMs - fromMs) * index) / Math.max(1, n - 1));

/** What judging reads of a summary. */
function summary(responses: readonly number[], more: Partial<RunSummary> = {}): RunSummary {
  const response = times(responses);
  return {
    offered: responses.length,
    sent: responses.length,
    completed: responses.length,
    failed: { total: 0, byKind: {} },
    window: { startMs: 0, endMs: 10_000 },
    latencyMs: { response, service: response, lag: times([]) },
    ttftMs: null,
    chunkGapMs: null,
    cutOffs: null,
    silence: null,
    ...more,
  } as RunSummary;
}

const within = (text: string): [ReturnType<typeof parseLimit>] => [parseLimit(text)];
const evidenceOf = (judged: ReturnType<typeof judgeProbe>): number =>
  judged.kind === "judged" ? judged.evidence : Number.NaN;

describe("shareAbove", () => {
  it("reads off what lies between percentiles", () => {
    const even = times(spread(4000, 0, 1000));
    for (const ms of [100, 500, 900, 970, 999]) expect(shareAbove(even, ms)).toBeCloseTo(1 - ms / 1000, 2);
    expect([shareAbove(even, 1001), shareAbove(times([5]), 4), shareAbove(times([5]), 6)]).toEqual([0, 1, 0]);
    expect(shareAbove(times([]), 5)).toBe(0);
  });
});

describe("judgeProbe", () => {
  it("weighs how far a percentile is from its limit by how many answers there are", () => {
    const limits = within("response.p95 < 600ms");
    const many = evidenceOf(judgeProbe(summary(spread(2000, 100, 500)), limits));
    const few = evidenceOf(judgeProbe(summary(spread(20, 100, 500)), limits));
    expect(many).toBe(-9);
    expect(few).toBeCloseTo(-1.43, 1);
    expect(evidenceOf(judgeProbe(summary(spread(200, 100, 1000)), limits))).toBe(9);
    const near = evidenceOf(judgeProbe(summary(spread(200, 100, 630)), limits));
    expect(near).toBeGreaterThan(0);
    expect(near).toBeLessThan(2);
  });

  it("goes by the limit that fares worst, and says what was seen of it", () => {
    const failing = summary(spread(100, 10, 20), { failed: { total: 30, byKind: {} } });
    const limits = [parseLimit("response.p95 < 600ms"), parseLimit("errors < 1%")];
    expect(judgeProbe(failing, limits)).toMatchObject({
      kind: "judged",
      evidence: 9,
      bindingLimit: "errors < 1%",
      figure: "23 % failed",
    });
    expect(judgeProbe(summary(spread(100, 10, 20)), limits)).toMatchObject({ kind: "judged" });
  });

  it("holds answers to a limit on errors that nobody gave, once they are too many", () => {
    const limits = [parseLimit("response.p95 < 600ms")];
    const quick = Array.from({ length: 200 }, () => 300);
    const refusing = (total: number): RunSummary =>
      summary(quick, {
        failed: { total, byKind: { "http-503": { count: total, firstMessage: "no slot", firstBody: "" } } },
      });
    expect(judgeProbe(refusing(60), limits)).toMatchObject({
      kind: "judged",
      bindingLimit: "errors < 1%",
      figure: "23 % failed",
    });
    expect(judgeProbe(refusing(1), limits)).toMatchObject({ bindingLimit: "response.p95 < 600ms" });
    const tolerant = [...limits, parseLimit("errors <= 90%")];
    expect(judgeProbe(refusing(60), tolerant)).not.toMatchObject({ bindingLimit: "errors < 1%" });
  });

  it("takes no failure among some hundred requests for none", () => {
    const judge = (n: number): number =>
      evidenceOf(judgeProbe(summary(spread(n, 10, 20)), within("errors < 1%")));
    expect(judge(5)).toBeGreaterThan(-1);
    expect(judge(81)).toBeLessThanOrEqual(-3);
    const rare = summary(spread(99, 10, 20), { failed: { total: 1, byKind: {} } });
    expect(Math.abs(evidenceOf(judgeProbe(rare, within("errors <= 1%"))))).toBeLessThan(0.2);
  });

  it("counts who had waited too long when the probe ended", () => {
    const response = new Histogram();
    const ages = new Histogram();
    for (let index = 0; index < 40; index += 1) response.record(100);
    for (let index = 0; index < 40; index += 1) ages.record(5000);
    const hung = summary([], {
      completed: 40,
      latencyMs: { response: toDistribution(response, ages), service: times([]), lag: times([]) },
      cutOffs: { ageMs: toDistribution(ages), overdue: 40 },
    });
    expect(evidenceOf(judgeProbe(hung, within("response.p95 < 1s")))).toBe(9);
    expect(evidenceOf(judgeProbe(hung, within("errors < 1%")))).toBe(9);
  });

  it("takes a wait that nothing ended for what it is, also for first tokens", () => {
    const ages = new Histogram();
    for (let index = 0; index < 30; index += 1) ages.record(5000);
    const silent = summary([], {
      completed: 0,
      latencyMs: { response: toDistribution(new Histogram(), ages), service: times([]), lag: times([]) },
      cutOffs: { ageMs: toDistribution(ages), overdue: 0 },
    });
    for (const limit of ["ttft.p95 < 1s", "response.p95 < 1s"])
      expect(evidenceOf(judgeProbe(silent, within(limit)))).toBe(9);
    for (const limit of ["ttft.p95 < 8s", "response.p95 < 8s", "gap.p95 < 1s"])
      expect(judgeProbe(silent, within(limit))).toMatchObject({ kind: "unknown" });
  });

  it("knows nothing of what there are no times of, unless another limit is missed anyway", () => {
    const server = parseLimit("server.p95 < 1s");
    const fine = summary(spread(100, 10, 20), { serverMs: null });
    expect(judgeProbe(fine, [server])).toMatchObject({ kind: "unknown" });
    expect(judgeProbe(fine, [server, parseLimit("response.p95 < 5ms")])).toMatchObject({
      kind: "judged",
      evidence: 9,
    });
  });
});

it("sees a rate that is not kept up with, and none where answers only take their time", () => {
  const late = summary(spread(500, 100, 4000), { offered: 1000 });
  expect(judgeBacklog(late)).toMatchObject({ figure: "500 requests of 1,000 left unanswered" });
  const slow = summary(spread(700, 2900, 3000), { offered: 1000 });
  expect(judgeBacklog(slow)).toBeUndefined();
});

describe("limits", () => {
  it("are three times what one user gets, in two digits", () => {
    const texts = (of: RunSummary): string[] => singleUserLimits(of).map(({ text }) => text);
    expect(texts(summary(spread(100, 40, 50.7)))).toEqual(["response.p95 <= 160ms", "errors < 1%"]);
    expect(texts(summary([401]))).toEqual(["response.p95 <= 1300ms", "errors < 1%"]);
    const streamed = summary([900], { ttftMs: times(spread(100, 0.41, 0.43)) });
    expect(texts(streamed)).toEqual(["ttft.p95 <= 1.3ms", "errors < 1%"]);
    expect(texts(summary([]))).toEqual(["errors < 1%"]);
  });

  it("must be such that too much load misses them", () => {
    expect(() => checkCapacityLimits(within("units >= 20/s"))).toThrow(/when there is too little/);
    expect(() => checkCapacityLimits([])).toThrow(/at least one limit/);
    expect(() => checkCapacityLimits(within("errors < 1%"))).not.toThrow();
  });
});
