import { createSchedule, Histogram, toDistribution, type Distribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { describeSchedule } from "./describe-schedule.ts";
import { failed, generator, judge } from "./fixtures/summary-of.ts";
import type { RunSummary } from "./run-record.ts";

const evenly = (count: number, from: number, to: number): Histogram => {
  const histogram = new Histogram();
  for (let index = 0; index < count; index += 1)
    histogram.record(from + ((to - from) * (index + 0.5)) / count);
  return histogram;
};
/** So many answers of about 3 ms, and requests that had waited up to 4 s when the run ended. */
function frozen(answers: number, held: number): Partial<RunSummary> {
  const response: Distribution = toDistribution(evenly(answers, 2.9, 3.1), evenly(held, 0, 4000));
  return {
    completed: answers,
    offered: answers + held,
    cutOff: held,
    cutOffs: { ageMs: toDistribution(evenly(held, 0, 4000)), overdue: Math.round(held * 0.75) },
    latencyMs: { response, service: response, lag: response },
  };
}

describe("judgeRun where requests were cut off", () => {
  it("does not pass a server that froze", () => {
    const verdict = judge(frozen(402, 798), generator, ["response.p99 < 100ms", "errors < 1%"]);
    expect(verdict.kind).toBe("limit-missed");
    expect(verdict.reasons[0]).toMatch(
      /^response\.p99 was at least 3\.\d\d s|^response\.p99 was at least 3,9\d\d ms/,
    );
    expect(verdict.reasons[1]).toMatch(/598|599/);
    expect(verdict.sentence).toContain("half the requests took 99");
    expect(verdict.sentence).toContain(
      "798 of 1,200 requests had no answer when the run ended, after up to 3,997 ms; no errors among the answers.",
    );
  });

  it("cannot say what lies between a lower bound and the limit", () => {
    expect(judge(frozen(402, 798), generator, ["response.p99 < 10s"])).toMatchObject({
      kind: "inconclusive",
      reasons: [
        expect.stringMatching(/at least 3,\d+ ms: 798 requests had no answer when the run ended/) as string,
      ],
    });
    expect(judge(frozen(402, 798)).kind).toBe("inconclusive");
  });

  it("decides where no request that was cut off can change the verdict", () => {
    // 5 failures in 99 are too many, whatever became of one more; one in ten thousand is not.
    expect(judge({ ...frozen(99, 1), failed: failed(5) }).kind).toBe("limit-missed");
    expect(judge(frozen(9999, 1), generator, ["errors < 1%", "response.p99 < 100ms"]).kind).toBe("pass");
  });

  it("lets an ordinary cut-off be", () => {
    const response = toDistribution(evenly(175, 1240, 1260), evenly(25, 0, 1200));
    const verdict = judge(
      {
        completed: 175,
        offered: 200,
        cutOff: 25,
        cutOffs: { ageMs: toDistribution(evenly(25, 0, 1200)), overdue: 0 },
        latencyMs: { response, service: response, lag: response },
      },
      generator,
      ["errors < 1%", "response.p95 < 1.3s"],
    );
    expect(verdict.kind).toBe("pass");
    expect(verdict.sentence).toContain("95 % under 1,2");
    expect(verdict.sentence).not.toContain("no answer");
  });

  it("names a silence, and takes no silent end for a lack of errors", () => {
    const silence = { startMs: 6000, endMs: 10_000 };
    expect(judge({ silence })).toMatchObject({
      kind: "inconclusive",
      sentence: expect.stringContaining(
        "nothing was answered for 4 s from 6 s on; no errors among",
      ) as string,
      reasons: ["nothing was answered in the last 4 s, so nothing can be said of errors < 1%"],
    });
    expect(judge({ silence: { startMs: 2000, endMs: 6000 } }).kind).toBe("pass");
  });

  it("says of an interrupted warm-up that it was one", () => {
    const end = { kind: "interrupted" } as const;
    expect(judge({ end, measured: "warm-up" }).sentence).toMatch(
      /^Interrupted after 10 s, during the warm-up\. Warm-up only: 10\.0 texts\/s/,
    );
    expect(judge({ end, completed: 0, cutOff: 3 }).sentence).toBe(
      "Interrupted after 10 s. No request was answered.",
    );
  });

  it("keeps a message of several lines on one", () => {
    const lines = { count: 2, firstMessage: "status 500:\n  at a\n  at b", firstBody: "" };
    const verdict = judge({ completed: 0, failed: { total: 2, byKind: { "http-500": lines } } });
    expect(verdict.sentence).toContain("status 500: at a at b.");
  });
});

describe("describeSchedule", () => {
  const users = (...levels: readonly (readonly [number, number, number])[]) =>
    createSchedule({
      seed: 1,
      segments: levels.map(([from, to, durationMs]) => ({ kind: "users", from, to, durationMs })),
    });

  it("says the levels that were reached, not those that were to come", () => {
    const ramp = users([10, 100, 30_000], [100, 100, 30_000]);
    expect(describeSchedule(ramp)).toBe("10 to 100 users");
    expect(describeSchedule(ramp, { fromMs: 0, toMs: 2000 })).toBe("10 to 16 users");
    expect(describeSchedule(ramp, { fromMs: 40_000, toMs: 50_000 })).toBe("100 users");
    expect(describeSchedule(ramp, { fromMs: 0, toMs: 60_000, mostUsers: 50 })).toBe("10 to 50 users");
    const spike = users([4, 4, 10_000], [100, 100, 5000], [4, 4, 10_000]);
    expect(describeSchedule(spike, { fromMs: 0, toMs: 25_000 })).toBe("4 to 100 to 4 users");
    expect(describeSchedule(spike, { fromMs: 0, toMs: 8000 })).toBe("4 users");
    expect(describeSchedule(spike, { fromMs: 0, toMs: 12_000 })).toBe("4 to 100 users");
  });

  it("writes rates as they were asked for", () => {
    const schedule = createSchedule({
      seed: 1,
      segments: [
        {
          kind: "rate",
          fromPerSecond: 10,
          toPerSecond: 100,
          durationMs: 10_000,
          arrivals: { kind: "poisson" },
        },
      ],
    });
    expect(describeSchedule(schedule)).toBe("10 to 100 requests/s (poisson)");
    expect(describeSchedule(schedule, { fromMs: 0, toMs: 5000 })).toBe("10 to 55 requests/s (poisson)");
  });
});
