import { describe, expect, it } from "vitest";
import { contentHash } from "./content-hash.ts";
import {
  appendSegment,
  createSchedule,
  scheduleLengthMs,
  type Schedule,
  type ScheduleSegment,
} from "./schedule.ts";

const hold: ScheduleSegment = { kind: "users", from: 5, to: 5, durationMs: 1000 };
const ramp: ScheduleSegment = { kind: "users", from: 10, to: 100, durationMs: 30_000 };
const rate = (durationMs: number | null, arrivals: "constant" | "poisson" = "poisson"): ScheduleSegment => ({
  kind: "rate",
  fromPerSecond: 5,
  toPerSecond: 5,
  durationMs,
  arrivals: { kind: arrivals },
});

describe("createSchedule", () => {
  it("is plain JSON, and says what drives it", () => {
    const paced = createSchedule({
      seed: 1,
      segments: [hold, ramp],
      pace: { everyMs: 20_000, overrun: "slip" },
    });
    expect(paced).toMatchObject({ kind: "paced", users: 100, pace: { everyMs: 20_000 } });
    expect(JSON.parse(JSON.stringify(paced))).toEqual(paced);
    expect(createSchedule({ seed: 1, segments: [ramp] })).toMatchObject({ kind: "closed-loop", users: 100 });
    expect(createSchedule({ seed: 1, segments: [rate(null)] })).toMatchObject({
      kind: "open-loop",
      users: 0,
    });
  });

  it("has one hash for each schedule, whatever the order of its keys", () => {
    const pace = { everyMs: 1000, overrun: "skip" } as const;
    const schedules: Schedule[] = [
      createSchedule({ seed: 1, segments: [ramp] }),
      createSchedule({ seed: 2, segments: [ramp] }),
      createSchedule({ seed: 1, segments: [ramp, hold] }),
      createSchedule({ seed: 1, segments: [hold, ramp] }),
      createSchedule({ seed: 1, segments: [ramp], pace }),
      createSchedule({ seed: 1, segments: [ramp], pace: { ...pace, overrun: "slip" } }),
      createSchedule({ seed: 1, segments: [rate(null)] }),
      createSchedule({ seed: 1, segments: [rate(null, "constant")] }),
      createSchedule({ seed: 1, segments: [rate(1000)] }),
      createSchedule({ seed: 1, segments: [{ kind: "replay", dueMs: [1, 2] }] }),
    ];
    expect(new Set(schedules.map((schedule) => schedule.hash)).size).toBe(schedules.length);
    const turned = { durationMs: 30_000, to: 100, from: 10, kind: "users" } as const;
    expect(createSchedule({ seed: 1, segments: [turned] }).hash).toBe(schedules[0]!.hash);
  });

  it("chains: a segment that is appended gives the hash of a schedule that had it from the beginning", () => {
    const before = createSchedule({ seed: 3, segments: [rate(1000)] });
    const after = appendSegment(before, rate(2000));
    expect(after).toEqual(createSchedule({ seed: 3, segments: [rate(1000), rate(2000)] }));
    expect(after.hash).toBe(contentHash(`${before.hash} rate 5..5/2000 poisson`));
    expect(scheduleLengthMs(after)).toBe(3000);
    const users = appendSegment(createSchedule({ seed: 3, segments: [hold] }), ramp);
    expect(users).toEqual(createSchedule({ seed: 3, segments: [hold, ramp] }));
    expect(() => appendSegment(createSchedule({ seed: 3, segments: [rate(null)] }), rate(1))).toThrow(
      "only the last segment",
    );
  });

  it.each<[string, ScheduleSegment[], string]>([
    ["nothing", [], "at least one segment"],
    ["users and a rate", [hold, rate(null)], "must not mix"],
    ["half a user", [{ ...hold, from: 0.5 }], "whole number"],
    ["nobody", [{ kind: "users", from: 0, to: 0, durationMs: null }], "from 1 on, got 0"],
    ["a ramp without an end", [{ ...ramp, durationMs: null }], "must have a duration"],
    ["a rate below 0", [{ ...rate(null), fromPerSecond: -1 } as ScheduleSegment], "got -1"],
    ["no time", [{ ...ramp, durationMs: 0 }], "longer than 0 ms"],
    ["times out of order", [{ kind: "replay", dueMs: [5, 4] }], "got 4 after 5"],
    ["a replay of nothing", [{ kind: "replay", dueMs: [] }], "at least one time"],
    [
      "a gamma without a shape",
      [{ ...rate(null), arrivals: { kind: "gamma", shape: 0 } } as ScheduleSegment],
      "shape",
    ],
  ])("refuses %s", (_, segments, message) => {
    expect(() => createSchedule({ seed: 1, segments })).toThrow(message);
  });

  it("refuses a pace of a rate, and one of no length", () => {
    const pace = { everyMs: 0, overrun: "skip" } as const;
    expect(() => createSchedule({ seed: 1, segments: [rate(null)], pace })).toThrow("a rate has none");
    expect(() => createSchedule({ seed: 1, segments: [hold], pace })).toThrow("above 0 ms");
  });
});
