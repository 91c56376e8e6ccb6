import { describe, expect, it } from "vitest";
import { runClosedLoop, type ClosedLoopPlan } from "./fixtures/closed-loop.ts";

describe("users = 2 x (slots + queue) that obey Retry-After", () => {
  const servers = [
    { slots: 2, queue: 10, serviceMs: 200, seconds: 120 },
    { slots: 1, queue: 10, serviceMs: 50, seconds: 60 },
    { slots: 4, queue: 64, serviceMs: 100, seconds: 60 },
    { slots: 2, queue: 256, serviceMs: 20, seconds: 60 },
    // Slow enough for the deadline to be the bound, not the queue.
    { slots: 1, queue: 256, serviceMs: 200, seconds: 300 },
    { slots: 1, queue: 32, serviceMs: 1_000, seconds: 1_000 },
  ];
  const cases: ClosedLoopPlan[] = servers.flatMap((server) =>
    (["retry-after-ms", "retry-after"] as const).flatMap((advice) =>
      [1, 3].map((keys) => ({ ...server, advice, keys, caller: "own" as const })),
    ),
  );

  it.each(cases)(
    "$slots slots, $queue places, $serviceMs ms, $advice, $keys keys: at least 95 % of the retries get in",
    (plan) => {
      const { retries, retriesAdmitted, utilisation, late, stats } = runClosedLoop(plan);
      expect(retries).toBeGreaterThan(100);
      expect(retriesAdmitted / retries).toBeGreaterThanOrEqual(0.95);
      expect(late / stats.totals.admitted).toBeLessThan(0.01);
      // Places kept for those who will come cost nothing of the model's time.
      expect(utilisation).toBeGreaterThan(0.98);
    },
  );

  it.each([
    { slots: 4, queue: 64, serviceMs: 100, seconds: 60, keys: 4, jobsPerKey: 10 },
    { slots: 2, queue: 20, serviceMs: 200, seconds: 120, keys: 3, jobsPerKey: 1 },
  ])("also where it is their key's own limit: $jobsPerKey jobs each of $keys keys", (server) => {
    const plan = { ...server, advice: "retry-after-ms", caller: "own" } as const;
    const { retries, retriesAdmitted, utilisation, stats } = runClosedLoop(plan);
    expect(stats.totals.refused["key-limit"]).toBeGreaterThan(100);
    expect(retriesAdmitted / retries).toBeGreaterThanOrEqual(0.95);
    expect(utilisation).toBeGreaterThan(0.7);
  });

  const small = [
    { slots: 4, queue: 64, serviceMs: 100, seconds: 120 },
    { slots: 2, queue: 10, serviceMs: 200, seconds: 120 },
    { slots: 2, queue: 10, serviceMs: 50, seconds: 60 },
    { slots: 2, queue: 3, serviceMs: 100, seconds: 120 },
  ];

  it.each(
    small.flatMap((server) =>
      (["retry-after-ms", "retry-after"] as const).map((advice) => ({ ...server, advice })),
    ),
  )("also over a pool of connections: $slots slots, $queue places, $serviceMs ms, $advice", (server) => {
    const { retries, retriesAdmitted, utilisation } = runClosedLoop({ ...server, caller: "pooled" });
    expect(retriesAdmitted / retries).toBeGreaterThanOrEqual(0.95);
    expect(utilisation).toBeGreaterThan(0.97);
  });

  it.each(small)(
    "mostly also over the pool of fetch: $slots slots, $queue places, $serviceMs ms",
    (server) => {
      const plan = { ...server, caller: "first-idle", advice: "retry-after-ms" } as const;
      const { retries, retriesAdmitted, utilisation } = runClosedLoop(plan);
      expect(retriesAdmitted / retries).toBeGreaterThanOrEqual(0.9);
      expect(utilisation).toBeGreaterThan(0.97);
    },
  );

  // A connection for each request tells nothing: all that is known of a retry is when it comes.
  it.each(small)(
    "mostly also where each has a connection of its own: $slots slots, $queue places",
    (server) => {
      const plan = { ...server, caller: "none", advice: "retry-after-ms" } as const;
      const { retries, retriesAdmitted, utilisation } = runClosedLoop(plan);
      expect(retriesAdmitted / retries).toBeGreaterThanOrEqual(0.85);
      expect(utilisation).toBeGreaterThan(0.97);
    },
  );
});
