import { describe, expect, it } from "vitest";
import { failed, generator, judge, summaryOf } from "./fixtures/summary-of.ts";
import type { judgeRun } from "./judge-run.ts";
import { judgeLimit } from "./judge-limit.ts";
import { parseLimit } from "./limit.ts";

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
      reasons: ["not one answer had a token, so nothing can be said of ttft.p95 < 1s"],
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
    expect(parseLimit("gap.p99 < 200 ms")).toMatchObject({ kind: "time", metric: "gap", ms: 200 });
    expect(parseLimit("tokens > 1500/s")).toMatchObject({ kind: "rate", metric: "tokens", perSecond: 1500 });
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
    ["tokens >= 20ms", "is a least rate"],
    ["ttft.p95 < 1/s", 'must be written as "ttft.p95 < 800ms", with a unit'],
    ["itl.p99 < 50ms", "times are response, service, lag, ttft, ttfo, tpot, gap, server, rates units"],
  ])("refuses %j", (text, expected) => {
    expect(() => parseLimit(text)).toThrow(expected);
  });
});
