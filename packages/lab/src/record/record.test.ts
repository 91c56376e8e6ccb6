import { createClosedLoopSchedule, Histogram, toDistribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { formatDuration, formatMs, formatNumber, formatShare } from "./format-number.ts";
import { judgeRun } from "./judge-run.ts";
import { judgeLimit } from "./judge-limit.ts";
import { defaultLimit, parseLimit } from "./limit.ts";
import type { RecordedGenerator, RunSummary } from "./run-record.ts";

function distributionOf(n: number): ReturnType<typeof toDistribution> {
  const histogram = new Histogram();
  for (let index = 0; index < n; index += 1) histogram.record(300 + index);
  return toDistribution(histogram);
}

function summaryOf(changes: Partial<RunSummary> = {}): RunSummary {
  const completed = changes.completed ?? 100;
  const latency = distributionOf(completed);
  return {
    offered: completed,
    sent: completed,
    completed,
    failed: { total: 0, byKind: {} },
    truncated: null,
    window: { startMs: 0, endMs: 10_000 },
    requestsPerSecond: completed / 10,
    units: { kind: "texts", total: completed, perSecond: completed / 10 },
    latencyMs: { service: latency, response: latency, lag: latency },
    ttftMs: null,
    ttfoMs: null,
    tpotMs: null,
    chunkGapMs: null,
    serverMs: null,
    attainment: null,
    untilFirstFailure: null,
    cutOff: 0,
    warmUp: { completed: 0, failed: 0 },
    checks: { examined: 0, failed: 0, truncationKnownOf: 0 },
    end: { kind: "finished", by: "duration" },
    ...changes,
  };
}

const failed = (count: number): RunSummary["failed"] => ({
  total: count,
  byKind: { "http-503": { count, firstMessage: "status 503 instead of 200: full", firstBody: "full" } },
});
const generator: RecordedGenerator = {
  valid: true,
  reasons: [],
  eventLoopDelayMs: null,
  lagMs: distributionOf(0),
  cpu: null,
};
const judge = (
  changes: Partial<RunSummary>,
  given = generator,
  limits = [defaultLimit],
): ReturnType<typeof judgeRun> =>
  judgeRun({
    summary: summaryOf(changes),
    generator: given,
    limits: limits.map(parseLimit),
    schedule: createClosedLoopSchedule({ users: 4, seed: 1 }),
  });

describe("judgeRun", () => {
  it("answers the question in its first sentence", () => {
    expect(judge({})).toEqual({
      kind: "pass",
      sentence: "10.0 texts/s at 4 users: half the requests took under 349 ms, 95 % under 395 ms; no errors.",
      reasons: [],
    });
  });

  it("gives no 95 % figure on too few requests", () => {
    expect(judge({ completed: 3 }).sentence).toContain(
      "the slowest of 3 took 302 ms (a 95 % figure needs 72)",
    );
    expect(judge({ completed: 1 }).sentence).toContain("the one request took 300 ms");
  });

  it("misses the limit at one failure in a hundred", () => {
    expect(judge({ completed: 99, failed: failed(1) })).toMatchObject({
      kind: "limit-missed",
      sentence: expect.stringContaining("1 request failed (1 %, http-503)") as string,
      reasons: ["1 % of requests failed, the limit is errors < 1%"],
    });
    expect(judge({ completed: 999, failed: failed(1) }).kind).toBe("pass");
  });

  it("holds times and rates against limits, and cannot say where there are too few samples", () => {
    // 100 requests took 300 to 399 ms, 10 a second.
    const verdict = (...limits: string[]): ReturnType<typeof judgeRun> => judge({}, generator, limits);
    expect(verdict("response.p95 < 400ms", "units >= 10/s", "response.max <= 399ms").kind).toBe("pass");
    expect(verdict("response.p95 < 300ms", "requests > 10/s")).toMatchObject({
      kind: "limit-missed",
      reasons: [
        "response.p95 was 395 ms, the limit is response.p95 < 300ms",
        "10.0 requests/s were completed, the limit is requests > 10/s",
      ],
    });
    expect(verdict("response.p99 < 400ms")).toMatchObject({
      kind: "inconclusive",
      reasons: [
        "response.p99 needs 368 completed requests and there were 100, so nothing can be said of response.p99 < 400ms",
      ],
    });
    expect(verdict("ttft.p95 < 1s")).toMatchObject({
      kind: "inconclusive",
      reasons: ["this run has no ttft times, so nothing can be said of ttft.p95 < 1s"],
    });
    expect(verdict("response.p99 < 400ms", "response.p50 < 1ms").kind).toBe("limit-missed");
  });

  it("calls a run stopped that its own rule ended, even with nothing completed", () => {
    const end = {
      kind: "stopped",
      reason: { kind: "too-many-failures", failures: 5, failuresInARow: 5 },
      at: { users: 4, requests: 5, failed: 5, failureShare: 1 },
    } as const;
    expect(judge({ end, completed: 0, failed: failed(5) })).toMatchObject({
      kind: "stopped",
      sentence: expect.stringMatching(
        /^Stopped after 10 s at 5 failures \(100 % of 5 requests; 4 at once\): status 503/,
      ) as string,
    });
  });

  it("does not read figures from an invalid generator, a dead target or an interruption as results", () => {
    const invalid = { ...generator, valid: false, reasons: ["too slow"] };
    expect(judge({}, invalid)).toMatchObject({
      kind: "invalid",
      sentence: expect.stringMatching(/^Not a valid measurement: too slow/) as string,
    });
    expect(judge({ end: { kind: "interrupted" } }, invalid).kind).toBe("interrupted");
    const stopped = {
      kind: "stopped",
      reason: { kind: "target-lost", failuresInARow: 9 },
      at: { users: 4, requests: 109, failed: 9, failureShare: 9 / 109 },
    } as const;
    expect(judge({ end: stopped, failed: failed(9) })).toMatchObject({
      kind: "stopped",
      sentence: expect.stringMatching(
        /^The target stopped answering after 10 s: status 503 .*Until then: 10\.0 texts\/s/,
      ) as string,
    });
    expect(judge({ completed: 0, failed: failed(9) })).toMatchObject({
      kind: "not-measured",
      sentence:
        "The target could not be measured: all 9 requests failed in 10 s: status 503 instead of 200: full.",
    });
    expect(judge({ completed: 0, end: { kind: "not-started", message: "no server answers" } }).sentence).toBe(
      "The target could not be measured: no server answers.",
    );
  });
});

describe("parseLimit", () => {
  it("reads a share of errors", () => {
    expect(parseLimit(" errors<0.5 % ")).toMatchObject({ comparison: "<", share: 0.005 });
    const none = parseLimit("errors <= 0%");
    expect(judgeLimit(none, summaryOf({ completed: 5 }))).toEqual({ kind: "kept" });
    expect(judgeLimit(none, summaryOf({ completed: 9999, failed: failed(1) }))).toEqual({
      kind: "missed",
      reason: "0.01 % of requests failed, the limit is errors <= 0%",
    });
  });

  it("reads times and rates with their units", () => {
    expect(parseLimit("response.p95<0.8s")).toMatchObject({
      metric: "response",
      statistic: "p95",
      comparison: "<",
      ms: 800,
    });
    expect(parseLimit("lag.p99 <= 500us")).toMatchObject({ kind: "time", ms: 0.5 });
    expect(parseLimit("units >= 20/s")).toMatchObject({ kind: "rate", comparison: ">=", perSecond: 20 });
  });

  it.each([
    ["errors", "a limit must be written as"],
    ["errors < 1", "a limit on errors must be written as"],
    ["errors > 1%", "a limit on errors must be written as"],
    ["errors < 101%", "from 0 to 100"],
    ["p95 < 1%", "times are response, service, lag"],
    ["", 'a limit must be written as "errors < 1%"'],
    ["response < 3ms", "must say of which figure: response.p95"],
    ["response.p97 < 3ms", "must say of which figure"],
    ["response.p95 < 3", "with a unit of us, ms, s or m"],
    ["response.p95 > 3ms", "with a unit"],
    ["response.p95 < 3%", "with a unit"],
    ["units < 20/s", "is a least rate"],
    ["units >= 20", "is a least rate"],
  ])("refuses %j", (text, expected) => {
    expect(() => parseLimit(text)).toThrow(expected);
  });
});

describe("numbers for people", () => {
  it("have three digits that matter", () => {
    expect([0, 0.0123, 0.4567, 1, 9.994, 9.996, 12.34, 99.96, 123.4, 12_345.6].map(formatNumber)).toEqual([
      "0",
      "0.0123",
      "0.457",
      "1.00",
      "9.99",
      "10.0",
      "12.3",
      "100",
      "123",
      "12,346",
    ]);
    expect([0.5, 402, 9999, 12_345].map(formatMs)).toEqual(["0.500 ms", "402 ms", "9,999 ms", "12.3 s"]);
    expect([450, 3000, 3456, 12_345, 59_960, 60_000, 125_000, 7_380_000].map(formatDuration)).toEqual([
      "450 ms",
      "3 s",
      "3.46 s",
      "12.3 s",
      "1 min",
      "1 min",
      "2 min 5 s",
      "2 h 3 min",
    ]);
    expect([0, 0.0042, 0.034, 0.123, 0.999, 1].map(formatShare)).toEqual([
      "0 %",
      "0.42 %",
      "3.4 %",
      "12 %",
      "99.9 %",
      "100 %",
    ]);
  });
});
