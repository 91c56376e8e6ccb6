import { createClosedLoopSchedule, createSchedule, type Schedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { planFor } from "../fixtures/plan-for.ts";
import { resolveWorkers } from "./resolve-workers.ts";
import { toWorkerPlan } from "./worker-plan.ts";

const rate = (perSecond: number): Schedule =>
  createSchedule({
    seed: 1,
    segments: [
      {
        kind: "rate",
        fromPerSecond: 1,
        toPerSecond: perSecond,
        durationMs: 1000,
        arrivals: { kind: "constant" },
      },
    ],
  });
const paced = (users: number): Schedule =>
  createSchedule({
    seed: 1,
    segments: [{ kind: "users", from: users, to: users, durationMs: null }],
    pace: { everyMs: 1000, overrun: "skip" },
  });
const closed = (users: number): Schedule => createClosedLoopSchedule({ users, seed: 1 });

describe("resolveWorkers", () => {
  it.each([
    [closed(10), 16, 1],
    [closed(64), 16, 1],
    [closed(65), 16, 2],
    [closed(10_000), 16, 15],
    [paced(400), 16, 1],
    [paced(1000), 16, 3],
    [rate(1000), 16, 1],
    [rate(40_000), 16, 3],
    [closed(10_000), 1, 1],
    [closed(10_000), 2, 1],
  ])("gives as many as the schedule asks for and the machine has: %#", (schedule, cores, workers) => {
    const plan = planFor("http://server.example:8000", { schedule, stop: { durationMs: 1 } });
    expect(resolveWorkers(plan, cores)).toBe(workers);
  });

  it("leaves a core to a server on this machine", () => {
    const on = (url: string): number =>
      resolveWorkers(planFor(url, { users: 10_000, stop: { durationMs: 1 } }), 4);
    expect(on("http://server.example")).toBe(3);
    for (const url of ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "http+unix://%2Fa.sock"])
      expect(on(url)).toBe(2);
  });
});

describe("toWorkerPlan", () => {
  it("counts the words that bust caches from far apart, round the end", () => {
    const plan = planFor("http://x", { workload: { cache: { kind: "busted", start: "zzzzzzzz" } } });
    const start = (worker: number): unknown => {
      const { workload } = toWorkerPlan(plan, worker, 4);
      return workload.kind === "embeddings" && workload.cache.kind === "busted" && workload.cache.start;
    };
    expect([0, 1, 2, 3].map(start)).toEqual(["zzzzzzzz", "8zzzzzzz", "hzzzzzzz", "qzzzzzzz"]);
  });

  it("leaves everything else as it is", () => {
    const plan = planFor("http://x", { workload: { cache: { kind: "warm" } } });
    expect(toWorkerPlan(plan, 1, 2)).toEqual(plan);
  });
});
