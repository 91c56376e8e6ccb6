import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveSchedule, type ScheduleChoice } from "./resolve-schedule.ts";
import type { ScheduleFlags } from "./schedule-flags.ts";
import { parseRamp, parseRate, parseSpike, parseTimestamps } from "./schedule-values.ts";

async function resolve(flags: ScheduleFlags): Promise<ScheduleChoice> {
  const read = new FlagReader();
  const choice = await resolveSchedule(flags, 1, read);
  read.end();
  return choice!;
}

describe("resolveSchedule", () => {
  it("has four users in a closed loop where nothing is said", async () => {
    expect(await resolve({})).toMatchObject({
      users: 4,
      shaped: false,
      lengthMs: Infinity,
      shapeMs: 0,
      preciseTiming: false,
      schedule: { kind: "closed-loop", users: 4, hash: "9cd6537c3759fc8a" },
    });
  });

  it("reads users at a pace, slipping unless told otherwise", async () => {
    expect((await resolve({ users: "200", pace: "20s" })).schedule).toMatchObject({
      kind: "paced",
      users: 200,
      pace: { everyMs: 20_000, overrun: "slip" },
    });
    expect((await resolve({ pace: "1s", overrun: "queue" })).schedule).toMatchObject({
      pace: { overrun: "queue" },
    });
  });

  it("reads a rate and how it is spread", async () => {
    const hold = { kind: "rate", fromPerSecond: 50, toPerSecond: 50, durationMs: null };
    expect((await resolve({ rate: "50/s" })).schedule).toMatchObject({
      kind: "open-loop",
      segments: [{ ...hold, arrivals: { kind: "constant" } }],
    });
    expect((await resolve({ rate: "50/s", arrivals: "gamma:0.5" })).schedule.segments).toEqual([
      { ...hold, arrivals: { kind: "gamma", shape: 0.5 } },
    ]);
  });

  it("reads ramps and spikes of users and of rates, one after the other", async () => {
    expect(await resolve({ ramp: "10..100/30s" })).toMatchObject({
      users: 100,
      shaped: true,
      shapeMs: 30_000,
      lengthMs: Infinity,
      schedule: {
        segments: [
          { kind: "users", from: 10, to: 100, durationMs: 30_000 },
          { kind: "users", from: 100, to: 100, durationMs: null },
        ],
      },
    });
    const { schedule } = await resolve({ rate: "1/s", ramp: "5..25@5/s", spike: "200/10s@30s" });
    expect(
      schedule.segments.map((segment) =>
        segment.kind === "rate" ? [segment.fromPerSecond, segment.toPerSecond, segment.durationMs] : [],
      ),
    ).toEqual([
      [5, 25, 4000],
      [25, 25, 30_000],
      [200, 200, 10_000],
      [25, 25, null],
    ]);
  });

  it.each<[ScheduleFlags, string]>([
    [{ users: "4", clients: "4" }, "--users and --clients are names of one thing"],
    [{ users: "4", rate: "5/s" }, "--users and --rate exclude each other"],
    [{ concurrent: "4", rate: "5/s" }, "--concurrent and --rate exclude each other"],
    [{ pace: "4s", rate: "5/s" }, "--pace and --rate exclude each other"],
    [{ users: "4", ramp: "1..2/3s" }, "--ramp and --users exclude each other"],
    [{ arrivals: "poisson" }, "--arrivals needs --rate"],
    [{ overrun: "skip" }, "--overrun needs --pace"],
    [{ preciseTiming: true }, "--precise-timing needs --rate, --pace or --replay"],
    [{ rate: "50" }, '--rate: expected a rate such as 50/s or 0.5/s, got "50".'],
    [{ rate: "0/s" }, "--rate: expected"],
    [{ users: "99999999999999999999" }, "--users: expected a whole number from 1 to 1000000, got"],
    [{ rate: "1/s", ramp: "1/s..2/s/3s" }, "--ramp and --rate exclude each other"],
    [{ pace: "1s", ramp: "1/s..2/s/3s" }, "--pace and --ramp exclude each other"],
    [{ users: "1", ramp: "1/s..2/s/3s" }, "--ramp and --users exclude each other"],
    [{ rate: "5/s", arrivals: "gamma" }, "--arrivals: expected constant, poisson or gamma:SHAPE"],
    [
      { rate: "5/s", arrivals: "gamma:0" },
      "--arrivals: expected constant, poisson or gamma:SHAPE with a SHAPE of 0.01 or more",
    ],
    [{ ramp: "10-100" }, "--ramp: expected a range such as 10..100/30s"],
    [{ ramp: "1.5..3/1s" }, "users must be a whole number"],
    [{ spike: "200" }, "--spike: expected LEVEL/LENGTH@START"],
    [{ pace: "20" }, "Say 20s for seconds"],
  ])("refuses %j", async (flags, message) => {
    await expect(resolve(flags)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message) as string,
    });
  });

  it("takes a ramp of rates by itself", async () => {
    const alone = await resolve({ ramp: "10/s..100/s@5/s", arrivals: "poisson" });
    const beside = await resolve({ rate: "1/s", ramp: "10..100@5/s", arrivals: "poisson" });
    expect(alone).toEqual(beside);
    expect(alone.schedule).toMatchObject({ kind: "open-loop" });
    expect((await resolve({ ramp: "10/s..100/s/30s", preciseTiming: true })).shapeMs).toBe(30_000);
  });

  it("says of one mistake one thing", async () => {
    await expect(resolve({ rate: "5/s", pace: "3s" })).rejects.toMatchObject({
      message: expect.not.stringContaining("\n") as string,
    });
  });

  describe("with a file to replay", () => {
    let folder = "";
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "weir-replay-"));
    });
    afterEach(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    it("sends at its times, and ends with the last of them", async () => {
      const replay = path.join(folder, "times.txt");
      await writeFile(replay, "# from a log\n0\n40.5\n\n20\n");
      expect(await resolve({ replay })).toMatchObject({
        lengthMs: 40.5,
        shaped: true,
        schedule: { kind: "open-loop", segments: [{ kind: "replay", dueMs: [0, 20, 40.5] }] },
      });
      await expect(resolve({ replay, rate: "5/s", users: "3" })).rejects.toThrow(
        /--replay and --rate exclude[^]*--replay and --users exclude/,
      );
    });

    it("says which file cannot be read", async () => {
      const replay = path.join(folder, "none.txt");
      await expect(resolve({ replay })).rejects.toThrow(`a file that can be read, got ${replay}`);
    });
  });
});

describe("values of schedule flags", () => {
  it("have units", () => {
    expect(["50/s", "0.5/s", "30/min", "7200/h", "5", "5/d", "-1/s"].map(parseRate)).toEqual([
      50,
      0.5,
      0.5,
      2,
      undefined,
      undefined,
      undefined,
    ]);
    expect(parseRamp("100..10@5/s")).toEqual({
      from: 100,
      to: 10,
      durationMs: 18_000,
      ofRate: false,
    });
    expect(parseRamp("30/min..10/s/30s")).toEqual({ from: 0.5, to: 10, durationMs: 30_000, ofRate: true });
    expect(["10/s..20/1s", "10..20/s/1s", "10/s..20/s", "10/s..20/s@1s"].map(parseRamp)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(["10..100", "10..100/0s", "10..10@5/s", "a..b/1s"].map(parseRamp)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(parseSpike("20/500ms")).toEqual({ level: 20, durationMs: 500, startMs: 0 });
    expect(["20/0s", "20@1s", "20/1s@x"].map(parseSpike)).toEqual([undefined, undefined, undefined]);
  });

  it("read times of day from the first of them, and name a line that is none", () => {
    expect(parseTimestamps("2025-01-31T12:00:01Z\r\n2025-01-31T12:00:00.250Z\r\n", "f")).toEqual([0, 750]);
    expect(() => parseTimestamps("1\n\nsoon\n", "f")).toThrow('in line 3 of f, got "soon"');
    expect(() => parseTimestamps("1\n2025-01-31T12:00:01Z\n", "f")).toThrow(
      "expected milliseconds as above in line 2",
    );
    expect(() => parseTimestamps("# nothing\n", "f")).toThrow("at least one time");
  });
});
