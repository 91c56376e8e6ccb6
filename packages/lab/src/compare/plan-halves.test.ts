import { createSchedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import type { RunRequest } from "../run/run-request.ts";
import type { CompareRequest } from "./compare-request.ts";
import { chooseHalfMs, isFirstRoundUnfair, pinTarget, toHalf } from "./plan-halves.ts";

describe("chooseHalfMs", () => {
  it("is long enough for a hundred requests of the slower side, within reason", () => {
    expect(chooseHalfMs([1000, 500])).toBe(3000);
    expect(chooseHalfMs([50, 10])).toBe(10_000);
    expect(chooseHalfMs([10, 0.5])).toBe(30_000);
    expect(chooseHalfMs([10, 0])).toBe(30_000);
  });
});

describe("toHalf", () => {
  const schedule = createSchedule({
    seed: 5,
    segments: [
      { kind: "rate", fromPerSecond: 10, toPerSecond: 10, durationMs: null, arrivals: { kind: "poisson" } },
    ],
  });
  const run = { seed: 5, schedule, durationMs: 1 } as RunRequest;

  it("is the same for both sides and another one in the next round", () => {
    const [first, same, next] = [toHalf(run, 0, 900), toHalf(run, 0, 900), toHalf(run, 1, 900)];
    expect(first.schedule).toEqual(schedule);
    expect(same).toEqual(first);
    expect(next.seed).toBe(6);
    expect(next.schedule?.hash).not.toBe(schedule.hash);
    expect(next.schedule?.segments).toEqual(schedule.segments);
    expect(next.durationMs).toBe(900);
  });
});

describe("isFirstRoundUnfair", () => {
  const compared = (a: Partial<RunRequest>, b: Partial<RunRequest>): CompareRequest =>
    ({ a: { run: a }, b: { run: b } }) as CompareRequest;
  const cached = (cache: string): RunRequest["workload"] =>
    ({ kind: "embeddings", cache }) as RunRequest["workload"];

  it("is where both share a server and what is sent repeats", () => {
    const [here, there] = ["http://a", "http://b"];
    const unfair = (urlB: string, cache: string): boolean =>
      isFirstRoundUnfair(
        compared({ url: here, workload: cached(cache) }, { url: urlB, workload: cached(cache) }),
      );
    expect(unfair(here, "warm")).toBe(true);
    expect(unfair(here, "busted")).toBe(false);
    expect(unfair(there, "warm")).toBe(false);
  });
});

describe("pinTarget", () => {
  it("asks for dialect and model once, of each part of a mix too", () => {
    const auto = { kind: "embeddings", dialect: "auto", model: undefined } as RunRequest["workload"];
    const found = { dialect: "tei", model: "m", evidence: [] } as const;
    expect(pinTarget(auto, found)).toMatchObject({ dialect: "tei", model: "m" });
    const mixed = {
      kind: "mixed",
      parts: [{ name: "x", weight: 1, workload: auto }],
    } as RunRequest["workload"];
    expect(pinTarget(mixed, { ...found, parts: [{ ...found, model: "of the part" }] })).toMatchObject({
      parts: [{ workload: { dialect: "tei", model: "of the part" } }],
    });
    const http = { kind: "http", requests: [], expect: "2xx" } as const;
    expect(pinTarget(http, { dialect: undefined, model: undefined, evidence: [] })).toBe(http);
  });
});
