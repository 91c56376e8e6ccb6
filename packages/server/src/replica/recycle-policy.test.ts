import { describe, expect, it } from "vitest";
import { findRecycleReason, resolveRecycleLimits, toRecyclePoint } from "./recycle-policy.ts";

describe("when a replica is recycled", () => {
  it("is at 10,000 +- 1,000 jobs and at the larger of 800 MB and 2.5 times the weights", () => {
    const small = resolveRecycleLimits({}, 90e6);
    expect(resolveRecycleLimits({}, 438e6).rssBytes).toBe(1095e6);
    expect(small.rssBytes).toBe(800e6);
    expect(toRecyclePoint(small, 0, () => 0).jobs).toBe(9_000);
    expect(toRecyclePoint(small, 0, () => 1).jobs).toBe(11_000);
  });

  it("never comes where the limits are infinite", () => {
    const never = { jobs: Infinity, jobsJitter: 0, rssBytes: Infinity, ageMs: Infinity };
    const point = toRecyclePoint(resolveRecycleLimits(never, 0), 100e6, () => 0.5);
    expect(findRecycleReason({ jobs: 1e12, rssBytes: 1e12, ageMs: 1e12 }, point)).toBeUndefined();
  });

  it("names what was reached", () => {
    const point = { jobs: 10, rssBytes: 100, ageMs: 1_000 };
    expect(findRecycleReason({ jobs: 9, rssBytes: 100, ageMs: 999 }, point)).toBeUndefined();
    expect(findRecycleReason({ jobs: 10, rssBytes: 0, ageMs: 0 }, point)).toBe("jobs");
    expect(findRecycleReason({ jobs: 0, rssBytes: 101, ageMs: 0 }, point)).toBe("memory");
    expect(findRecycleReason({ jobs: 0, rssBytes: 0, ageMs: 1_000 }, point)).toBe("age");
  });

  it("leaves room above what the process needs when it is idle", () => {
    const limits = resolveRecycleLimits({ rssBytes: 300e6 }, 0);
    expect(toRecyclePoint(limits, 290e6, () => 0).rssBytes).toBe(435e6);
  });
});
