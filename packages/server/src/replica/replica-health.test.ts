import { describe, expect, it } from "vitest";
import { defaultHealthLimits as limits, judgeHealth } from "./replica-health.ts";

describe("judgeHealth", () => {
  it("leaves a replica alone that answers and makes progress", () => {
    expect(judgeHealth({ unansweredMs: undefined, pong: undefined }, limits)).toBeUndefined();
    const pong = { busyMs: limits.leastBusyMs, expectedMs: undefined };
    expect(judgeHealth({ unansweredMs: limits.silenceMs, pong }, limits)).toBeUndefined();
  });

  it("ends one whose link thread is silent", () => {
    const reading = { unansweredMs: limits.silenceMs + 1, pong: undefined };
    expect(judgeHealth(reading, limits)).toMatch(/heartbeat for 15001 ms/);
  });

  it("ends one whose engine hangs, and allows a batch that costs more a longer time", () => {
    const busyMs = limits.leastBusyMs + 1;
    const judge = (expectedMs: number) =>
      judgeHealth({ unansweredMs: 0, pong: { busyMs, expectedMs } }, limits);
    expect(judge(10)).toMatch(/60001 ms, the limit for it is 60000 ms/);
    expect(judge(busyMs / limits.busyFactor)).toBeUndefined();
  });
});
