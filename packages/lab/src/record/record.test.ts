import { Histogram, toDistribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { formatDuration, formatMs, formatNumber, formatShare } from "./format-number.ts";
import { judgeRun } from "./judge-run.ts";
import { defaultLimit, judgeLimit, parseLimit } from "./limit.ts";
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
const judge = (changes: Partial<RunSummary>, given = generator): ReturnType<typeof judgeRun> =>
  judgeRun({ summary: summaryOf(changes), generator: given, limits: [parseLimit(defaultLimit)], users: 4 });

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

  it("does not read figures from an invalid generator, a dead target or an interruption as results", () => {
    const invalid = { ...generator, valid: false, reasons: ["too slow"] };
    expect(judge({}, invalid)).toMatchObject({
      kind: "invalid",
      sentence: expect.stringMatching(/^Not a valid measurement: too slow/) as string,
    });
    expect(judge({ end: { kind: "interrupted" } }, invalid).kind).toBe("interrupted");
    const stopped = { kind: "stopped", reason: { kind: "target-lost", failuresInARow: 9 } } as const;
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
    expect(judgeLimit(none, { completed: 5, failed: { total: 0, byKind: {} } })).toBeUndefined();
    expect(judgeLimit(none, { completed: 9999, failed: failed(1) })).toBe(
      "0.01 % of requests failed, the limit is errors <= 0%",
    );
  });

  it.each(["errors", "errors < 1", "errors > 1%", "errors < 101%", "p95 < 1%", ""])("refuses %j", (text) => {
    expect(() => parseLimit(text)).toThrow(`a limit must be written as "errors < 1%"`);
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
