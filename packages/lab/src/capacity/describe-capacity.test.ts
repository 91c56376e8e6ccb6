import { describe, expect, it } from "vitest";
import type { Capacity, CapacityPlan, CapacityProbeRecord } from "./capacity-record.ts";
import type { CapacityOutcome } from "./capacity-request.ts";
import { describeCapacity } from "./describe-capacity.ts";

const users: CapacityPlan = {
  url: "http://127.0.0.1:1",
  workload: null,
  limits: ["ttft.p95 < 800ms"],
  limitsFrom: "given",
  of: "users",
  least: 1,
  most: 10_000,
  resolution: 0.05,
  maxProbes: null,
  probeDurationMs: 10_000,
  probeWarmupMs: 2000,
  pace: null,
  arrivals: null,
};
const rate: CapacityPlan = {
  ...users,
  of: "rate",
  limits: ["response.p95 <= 160ms", "errors < 1%"],
  limitsFrom: "single-user",
};

function probe(level: number, more: Partial<CapacityProbeRecord> = {}): CapacityProbeRecord {
  return {
    child: String(level),
    level,
    purpose: "bisect",
    outcome: "miss",
    evidence: 9,
    bindingLimit: "ttft.p95 < 800ms",
    figure: "p95 910 ms",
    ...more,
  } as CapacityProbeRecord;
}

function verdict(
  plan: CapacityPlan,
  capacity: Partial<Capacity>,
  end: CapacityOutcome["found"]["end"] | CapacityOutcome["end"],
  probes: readonly CapacityProbeRecord[] = [probe(52)],
): { kind: string; sentence: string; reasons: readonly string[] } {
  const found = { end: typeof end === "string" ? end : "out-of-probes" } as CapacityOutcome["found"];
  const whole: Capacity = {
    of: plan.of,
    lastPass: 48,
    firstFail: 52,
    recommended: 34,
    bindingLimit: "ttft.p95 < 800ms",
    confidence: 0.97,
    interval: { from: 48, below: 52 },
    ...capacity,
  };
  return describeCapacity(plan, whole, probes, {
    found,
    end: typeof end === "string" ? { kind: "finished" } : end,
  });
}

describe("the verdict on a search", () => {
  it("is the answer in one sentence", () => {
    expect(verdict(users, {}, "found")).toEqual({
      kind: "pass",
      sentence: "Holds 48 users within ttft.p95 < 800ms; 52 miss it (p95 910 ms). Plan for 34.",
      reasons: [],
    });
    const ofRate = verdict(rate, { lastPass: 73.4, firstFail: 76.1, recommended: 51.4 }, "found", [
      probe(76.1, { bindingLimit: "response.p95 <= 160ms" }),
    ]);
    expect(ofRate.sentence).toBe(
      "Holds 73.4 requests/s within response.p95 <= 160ms (3 times what one user gets) and errors < 1%; 76.1/s misses response.p95 <= 160ms (p95 910 ms). Plan for 51.4/s.",
    );
  });

  it("says where nothing is held, and where everything is", () => {
    const none = { lastPass: null, firstFail: 1, recommended: null };
    expect(verdict(users, none, "fails-at-least", [probe(1)])).toMatchObject({
      kind: "limit-missed",
      sentence: "Does not hold even 1 user within ttft.p95 < 800ms (p95 910 ms).",
    });
    expect(verdict({ ...users, least: 50 }, none, "fails-at-least", [probe(50)]).sentence).toMatch(
      /^Does not hold 50 users within/,
    );
    expect(verdict(users, { lastPass: 10_000, firstFail: null }, "holds-most")).toMatchObject({
      kind: "pass",
      sentence:
        "Holds 10,000 users within ttft.p95 < 800ms, the most that was asked for. Look further with --max-users.",
    });
  });

  it("gives the interval where probes disagree, and is no answer where that is wide", () => {
    const near = verdict(users, { confidence: 0.6, interval: { from: 44, below: 54 } }, "out-of-probes");
    expect(near).toMatchObject({
      kind: "pass",
      sentence:
        "Holds about 48 users within ttft.p95 < 800ms; 52 miss it (p95 910 ms). After 1 probe with 95 % confidence it is at least 44 and below 54. Plan for 34.",
    });
    const wide = verdict(users, { confidence: 0.6, interval: { from: 30, below: 64 } }, "out-of-probes");
    expect(wide.kind).toBe("inconclusive");
    expect(wide.reasons[0]).toMatch(/^probes near the limit disagree: .* between 48 and 52 is 60 %/);
    const open = verdict(users, { interval: { from: 30, below: null } }, "out-of-probes");
    expect(open).toMatchObject({ kind: "inconclusive" });
    expect(open.sentence).toContain("more is possible");
    const few = { lastPass: 2, firstFail: 3, interval: { from: 1, below: 3 }, recommended: 1 };
    expect(verdict(users, few, "out-of-probes").kind).toBe("pass");
  });

  it("says what ended it, and what is known", () => {
    const open = { firstFail: null, interval: { from: 48, below: null } };
    const late = probe(96, { outcome: "invalid", evidence: null, bindingLimit: null, figure: "too busy" });
    expect(verdict(users, open, "generator-bound", [late])).toEqual({
      kind: "invalid",
      sentence:
        "The generator ended first, at 96 users. Holds 48 users within ttft.p95 < 800ms. Plan for 34 or more.",
      reasons: ["too busy"],
    });
    const nothing = { lastPass: null, firstFail: null, recommended: null };
    expect(verdict(users, nothing, "generator-bound", [{ ...late, level: 1 }]).sentence).toBe(
      "Not even the load of 1 user could be made: nothing can be said of the server.",
    );
    expect(verdict(users, open, { kind: "interrupted" })).toMatchObject({
      kind: "interrupted",
      sentence: "Interrupted after 1 probe. Holds 48 users within ttft.p95 < 800ms. Plan for 34 or more.",
    });
    expect(verdict(users, nothing, { kind: "interrupted" }, []).sentence).toBe(
      "Interrupted after 0 probes. Nothing is known yet.",
    );
    expect(verdict(users, {}, { kind: "died", level: 52, why: "gone" })).toMatchObject({
      kind: "stopped",
      sentence:
        "The server stopped working at 52 users. Holds 48 users within ttft.p95 < 800ms; 52 miss it (p95 910 ms). Plan for 34.",
      reasons: ["gone"],
    });
    expect(verdict(users, open, { kind: "cut-short", why: "the disk is full." }).sentence).toMatch(
      /^The search could not go on: the disk is full\. Holds 48 users/,
    );
  });
});
