import { createSchedule, type Overrun, type Schedule, type ScheduleSegment } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import type { LoadProgress } from "./load-result.ts";
import { runLoad } from "./run-load.ts";

const rate = (perSecond: number): ScheduleSegment => ({
  kind: "rate",
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
  durationMs: null,
  arrivals: { kind: "constant" },
});
const paced = (
  users: number,
  everyMs: number,
  overrun: Overrun,
  durationMs: number | null = null,
): Schedule =>
  createSchedule({
    seed: 1,
    segments: [{ kind: "users", from: users, to: users, durationMs }],
    pace: { everyMs, overrun },
  });

describe("the end of a run", () => {
  it("keeps the age of what a frozen server held, and gives no figure that ignores it", async () => {
    await using server = await startEmbeddingServer("openai", (_, __, index) => index >= 100);
    const schedule = createSchedule({ seed: 1, segments: [rate(250)] });
    const plan = planFor(server.url, { schedule, stop: { durationMs: 2400 } });
    const { counts, cutOffs, latencyMs } = await runLoad({
      ...plan,
      transport: { ...plan.transport, maxConnections: 50 },
    });
    expect(counts).toMatchObject({ offered: 600, completed: 100, cutOff: 50 });
    // Also those that never got a connection: all that was offered is accounted for.
    expect(cutOffs!.ageMs.n).toBe(500);
    expect(cutOffs!.ageMs.max).toBeGreaterThan(1990);
    expect(cutOffs!.ageMs.p50! / 1000).toBeCloseTo(1, 1);
    expect(cutOffs!.overdue).toBeGreaterThan(100);
    const { p50, p99, censored } = latencyMs.response;
    expect([p50, p99]).toEqual([null, null]);
    expect(censored!.atLeast.p99).toBeGreaterThan(1900);
    expect(latencyMs.service.censored!.n).toBe(50);
    expect(latencyMs.lag.censored!.n).toBe(450);
  });

  it("counts the silence of a server that a closed loop waits for", async () => {
    await using server = await startEmbeddingServer("openai", (_, __, index) => index >= 40);
    const result = await runLoad(planFor(server.url, { users: 4, stop: { durationMs: 3400 } }));
    expect(result.counts).toMatchObject({ completed: 40, cutOff: 4 });
    expect(result.silence!.endMs).toBe(result.window.endMs);
    expect(result.cutOffs!.overdue).toBe(4);
    expect(result.slices.at(-1)!.inFlight).toBe(4);
  });

  it("leaves the figures of a healthy run as they are", async () => {
    await using server = await startEmbeddingServer("openai", (_, response) => {
      setTimeout(
        () => response.end('{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]}'),
        60,
      );
      return true;
    });
    const schedule = createSchedule({ seed: 1, segments: [rate(100)] });
    const { counts, cutOffs, latencyMs } = await runLoad(
      planFor(server.url, { schedule, stop: { durationMs: 500 } }),
    );
    expect(counts.cutOff).toBeGreaterThan(0);
    expect(cutOffs!.overdue).toBe(0);
    expect(latencyMs.response.p50).not.toBeNull();
  });

  it("does not wait for slots when all requests are given out and answered", async () => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(
      planFor(server.url, { schedule: paced(4, 1000, "skip"), stop: { requests: 5 } }),
    );
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.attainment).toEqual({ slots: 5, attained: 5, share: 1 });
    // The fifth is due at 1,000 ms, and the next slot at 1,250 ms.
    expect(result.window.endMs).toBeLessThan(1250);
  });

  it("begins no turn at the moment in which its user leaves, or the run ends", async () => {
    await using server = await startEmbeddingServer("openai");
    // Users 0 to 9 are due every 100 ms; the segment has 200 ms and so the slots of users 0 and 1.
    for (const [schedule, durationMs] of [
      [paced(10, 1000, "skip", 200), undefined],
      [paced(10, 1000, "skip"), 200],
    ] as const) {
      const result = await runLoad(planFor(server.url, { schedule, stop: { durationMs } }));
      expect(result.attainment).toEqual({ slots: 2, attained: 2, share: 1 });
    }
  });

  it("offers what queues behind a slow turn when it is due", async () => {
    await using server = await startEmbeddingServer("openai", (_, __, index) => index >= 1);
    const result = await runLoad(
      planFor(server.url, { schedule: paced(1, 250, "queue"), stop: { durationMs: 2100 } }),
    );
    expect(result.slices.map((slice) => slice.offered)).toEqual([4, 4, 1]);
    expect(result.counts).toMatchObject({ offered: 9, sent: 2, completed: 1, cutOff: 1 });
    expect(result.cutOffs!.ageMs.n).toBe(8);
    expect(result.attainment).toMatchObject({ slots: 9, attained: 2 });
  });

  it("offers a constant rate exactly up to the deadline", async () => {
    await using server = await startEmbeddingServer("openai");
    for (const [perSecond, durationMs, count] of [
      [170, 100, 17],
      [700, 300, 210],
    ] as const) {
      const schedule = createSchedule({ seed: 1, segments: [rate(perSecond)] });
      const result = await runLoad(planFor(server.url, { schedule, stop: { durationMs } }));
      expect(result.counts.offered).toBe(count);
    }
  });

  it("looks at the last moment as it was, and tells what is in flight from what waits", async () => {
    await using server = await startEmbeddingServer("openai", () => true);
    const looks: LoadProgress[] = [];
    const schedule = createSchedule({ seed: 1, segments: [rate(100)] });
    const plan = planFor(server.url, { schedule, stop: { durationMs: 300 } });
    await runLoad(
      { ...plan, transport: { ...plan.transport, maxConnections: 3 } },
      { onProgress: (progress) => looks.push(progress) },
    );
    expect(looks.at(-1)).toMatchObject({ inFlight: 3, waiting: 27 });
  });

  it("shows the failures of the warm-up while it lasts, and says that figures are of it", async () => {
    await using server = await startEmbeddingServer("openai", (_, response) => {
      response.writeHead(503).end();
      return true;
    });
    const looks: LoadProgress[] = [];
    const controller = new AbortController();
    const result = await runLoad(
      planFor(server.url, { warmupMs: 60_000, stop: { durationMs: 1000, failures: 0 } }),
      {
        signal: controller.signal,
        onProgress: (progress) => {
          looks.push(progress);
          if (progress.failed > 0) controller.abort();
        },
      },
    );
    expect(looks.some(({ phase, failures }) => phase === "warm-up" && (failures["http-503"] ?? 0) > 0)).toBe(
      true,
    );
    expect(result.measured).toBe("warm-up");
  });
});
