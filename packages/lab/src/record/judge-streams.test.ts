import { describe, expect, it } from "vitest";
import { distributionOf, generator, judge } from "./fixtures/summary-of.ts";
import type { judgeRun } from "./judge-run.ts";
import type { RunSummary } from "./run-record.ts";

describe("judgeRun with streams", () => {
  it("says when first tokens came, where answers stream", () => {
    expect(judge({ ttftMs: distributionOf(100) }).sentence).toContain(
      "95 % under 395 ms, half the first tokens came within 349 ms, 95 % within 395 ms; no errors.",
    );
  });

  it("holds times and tokens of streams against limits, each by its own samples", () => {
    const streamed = distributionOf(100);
    const changes: Partial<RunSummary> = {
      ttftMs: streamed,
      ttfoMs: streamed,
      tpotMs: streamed,
      chunkGapMs: distributionOf(1000),
      serverMs: streamed,
      tokens: {
        input: 100,
        cachedInput: 0,
        cachedInputOf: 0,
        output: 5000,
        usageKnownOf: 100,
        outputPerSecond: 500,
      },
    };
    const verdict = (...limits: string[]): ReturnType<typeof judgeRun> => judge(changes, generator, limits);
    const kept = [
      "ttft.p95 < 800ms",
      "tpot.p50 < 350ms",
      "gap.p99 < 2s",
      "server.p95 < 1s",
      "tokens >= 500/s",
    ];
    expect(verdict(...kept).kind).toBe("pass");
    expect(verdict("ttft.p95 < 0.3s", "tpot.p50 < 50ms", "gap.p99 <= 200ms", "tokens > 500/s")).toMatchObject(
      {
        kind: "limit-missed",
        reasons: [
          "ttft.p95 was 395 ms, the limit is ttft.p95 < 0.3s",
          "tpot.p50 was 349 ms, the limit is tpot.p50 < 50ms",
          expect.stringMatching(/^gap\.p99 was 1,\d+ ms/) as string,
          "500 output tokens/s were completed, the limit is tokens > 500/s",
        ],
      },
    );
    expect(verdict("ttft.p99 < 1s", "server.p99 < 1s", "gap.p999 < 1s").reasons).toEqual([
      "ttft.p99 needs 368 answers with a token and there were 100, so nothing can be said of ttft.p99 < 1s",
      "server.p99 needs 368 answers in which the server says how long it took and there were 100, so nothing can be said of server.p99 < 1s",
      "gap.p999 needs 3,688 gaps between chunks and there were 1,000, so nothing can be said of gap.p999 < 1s",
    ]);
  });

  it("does not take tokens that nobody counted for none", () => {
    const units = { kind: "tokens", total: 0, perSecond: 0 } as const;
    const uncounted = judge({ units }, generator, ["units >= 1/s"]);
    expect(uncounted).toMatchObject({
      kind: "inconclusive",
      sentence: expect.stringMatching(/^10\.0 requests\/s \(tokens not counted\) at 4 users: /) as string,
      reasons: ["the server does not count its tokens, so nothing can be said of units >= 1/s"],
    });
    const tokens = {
      input: 40,
      cachedInput: 0,
      cachedInputOf: 0,
      output: 400,
      usageKnownOf: 40,
      outputPerSecond: 40,
    };
    const partly = { units: { ...units, total: 400, perSecond: 40 }, tokens };
    expect(judge(partly, generator, ["units >= 30/s"])).toMatchObject({
      kind: "pass",
      sentence: expect.stringMatching(/^40\.0 tokens\/s \(counted in 40 of 100 answers\) at /) as string,
    });
    expect(judge(partly, generator, ["tokens >= 50/s"])).toMatchObject({
      kind: "inconclusive",
      reasons: [expect.stringContaining("in 40 of 100 answers only") as string],
    });
  });

  it("says why there is no figure to hold against a limit", () => {
    const limits = ["ttfo.p50 < 1s", "tpot.p50 < 1s", "gap.p50 < 1s", "server.p50 < 1s", "tokens > 1/s"];
    expect(judge({ ttftMs: distributionOf(100) }, generator, limits)).toMatchObject({
      kind: "inconclusive",
      reasons: [
        "not one answer had text that a user sees, so nothing can be said of ttfo.p50 < 1s",
        "the server does not count its tokens, so there is no time of one, so nothing can be said of tpot.p50 < 1s",
        "not one answer had two chunks, so nothing can be said of gap.p50 < 1s",
        "the server does not say how long it took, so nothing can be said of server.p50 < 1s",
        "the server does not count its tokens, so nothing can be said of tokens > 1/s",
      ],
    });
  });
});
