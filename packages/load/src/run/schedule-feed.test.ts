import { appendSegment, createSchedule, type Schedule, type ScheduleSegment } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { runLoad } from "./run-load.ts";
import { ScheduleFeed } from "./schedule-feed.ts";

const rate = (perSecond: number, durationMs: number): ScheduleSegment => ({
  kind: "rate",
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
  durationMs,
  arrivals: { kind: "poisson" },
});
const users = (count: number, durationMs: number): ScheduleSegment => ({
  kind: "users",
  from: count,
  to: count,
  durationMs,
});

async function extend(
  schedule: Schedule,
  segment: ScheduleSegment,
  workers: number,
): ReturnType<typeof runLoad> {
  await using server = await startEmbeddingServer("openai");
  const feed = new ScheduleFeed();
  let appended = false;
  return await runLoad(planFor(server.url, { schedule }), {
    workers,
    feed,
    progressIntervalMs: 5,
    onProgress: ({ completed }) => {
      if (appended || completed < 3) return;
      appended = true;
      feed.append(segment);
    },
  });
}

describe("a segment that is appended while a run goes", () => {
  it.each([1, 2])(
    "has the arrivals that the longer schedule has from the beginning: %i workers",
    async (workers) => {
      const short = createSchedule({ seed: 5, segments: [rate(100, 1000)] });
      const longer = appendSegment(short, rate(300, 200));
      const result = await extend(short, rate(300, 200), workers);
      expect(result.end).toEqual({ kind: "finished", by: "schedule" });
      expect(result.schedule.hash).toBe(longer.hash);
      expect(result.schedule.appended).toMatchObject([{ segment: rate(300, 200) }]);
      expect(result.schedule.appended[0]!.atMs).toBeLessThan(1000);
      await using server = await startEmbeddingServer("openai");
      const whole = await runLoad(planFor(server.url, { schedule: longer }));
      expect(result.counts.offered).toBe(whole.counts.offered);
      expect(result.counts.completed).toBe(whole.counts.completed);
      expect(result.generator.reasons.filter((reason) => reason.includes("segment"))).toEqual([]);
    },
  );

  it.each([1, 2])("keeps the users who are there, and has more come: %i workers", async (workers) => {
    const short = createSchedule({ seed: 5, segments: [users(2, 1000)] });
    const result = await extend(short, users(5, 120), workers);
    expect(result.end).toEqual({ kind: "finished", by: "schedule" });
    expect(result.window.endMs).toBeGreaterThanOrEqual(1120);
    expect(result.schedule.hash).toBe(appendSegment(short, users(5, 120)).hash);
    expect(result.counts.cutOff).toBe(0);
  });

  it("keeps the grids of paced users", async () => {
    const pace = { everyMs: 50, overrun: "skip" } as const;
    const short = createSchedule({ seed: 5, segments: [users(2, 1000)], pace });
    const result = await extend(short, users(2, 200), 1);
    expect(result.attainment?.slots).toBe(48);
  });

  it("is refused when no run is going, does not fit, or comes too late", async () => {
    const feed = new ScheduleFeed();
    expect(() => feed.append(rate(1, 100))).toThrow("while a run is going");
    const schedule = createSchedule({ seed: 5, segments: [users(1, 300)] });
    const told: string[] = [];
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { schedule }), {
      feed,
      progressIntervalMs: 20,
      onProgress: ({ elapsedMs }) => {
        try {
          if (elapsedMs < 200) feed.append(rate(1, 100));
          else if (elapsedMs > 220) feed.append(users(1, 100));
        } catch (error) {
          told.push(String(error));
        }
      },
    });
    expect(told.some((message) => message.includes("must not mix"))).toBe(true);
    expect(told.some((message) => message.includes("must be appended 100 ms before"))).toBe(true);
    expect(result.schedule).toEqual({ hash: schedule.hash, appended: [] });
    expect(() => feed.append(users(1, 100))).toThrow("while a run is going");
  });
});
