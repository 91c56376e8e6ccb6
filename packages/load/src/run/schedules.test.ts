import {
  createSchedule,
  type ArrivalProcess,
  type Overrun,
  type Schedule,
  type ScheduleSegment,
} from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { runLoad } from "./run-load.ts";

const rate = (
  perSecond: number,
  durationMs: number | null = null,
  arrivals: ArrivalProcess = { kind: "constant" },
): ScheduleSegment => ({
  kind: "rate",
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
  durationMs,
  arrivals,
});
const open = (...segments: readonly ScheduleSegment[]): Schedule => createSchedule({ seed: 1, segments });

describe("runLoad with requests that come due", () => {
  it.each<ArrivalProcess>([{ kind: "constant" }, { kind: "poisson" }, { kind: "gamma", shape: 0.5 }])(
    "sends every one of them once, and ends with the schedule: %j",
    async (arrivals) => {
      await using server = await startEmbeddingServer("openai");
      const result = await runLoad(planFor(server.url, { schedule: open(rate(400, 250, arrivals)) }));
      expect(result.end).toEqual({ kind: "finished", by: "schedule" });
      const { offered, sent, completed, cutOff } = result.counts;
      expect(offered).toBeGreaterThan(arrivals.kind === "constant" ? 99 : 50);
      expect({ sent, completed, cutOff }).toEqual({ sent: offered, completed: offered, cutOff: 0 });
      expect(server.requests).toHaveLength(offered);
      expect(result.attainment).toEqual({ slots: offered, attained: offered, share: 1 });
      // No two lanes go through the texts in step, and none comes twice.
      expect(new Set(server.requests.flatMap((request) => request.texts)).size).toBe(2 * offered);
    },
  );

  it("never sends before a request is due, and not more than are due", async () => {
    await using server = await startEmbeddingServer("openai");
    const dueMs = [0, 0, 0, 20, 40, 41, 90];
    for (const preciseTiming of [false, true]) {
      const result = await runLoad(
        planFor(server.url, { schedule: open({ kind: "replay", dueMs }), preciseTiming }),
      );
      expect(result.counts).toMatchObject({ offered: 7, completed: 7 });
      expect(result.latencyMs.lag.min).toBeGreaterThanOrEqual(0);
      expect(result.window.endMs).toBeGreaterThanOrEqual(90);
    }
  });

  it("stops at the number of requests asked for, and waits for all of them", async () => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { schedule: open(rate(2000)), stop: { requests: 37 } }));
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts).toMatchObject({ offered: 37, sent: 37, completed: 37 });
    expect(server.requests).toHaveLength(37);
  });

  it("does not wait for arrivals that nobody asked for", async () => {
    await using server = await startEmbeddingServer("openai");
    const schedule = open({ kind: "replay", dueMs: [0, 1, 600_000] });
    const result = await runLoad(planFor(server.url, { schedule, stop: { requests: 2 } }));
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts.completed).toBe(2);
  });

  it("opens as many connections as it needs and no more than it may: what waits is offered and not sent", async () => {
    const held: (() => void)[] = [];
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index >= 3) return false;
      held.push(() => response.destroy());
      return true;
    });
    const plan = planFor(server.url, { schedule: open(rate(500)), stop: { durationMs: 200 } });
    const result = await runLoad({ ...plan, transport: { ...plan.transport, maxConnections: 3 } });
    expect(held).toHaveLength(3);
    expect(result.counts).toMatchObject({ offered: 100, sent: 3, completed: 0, cutOff: 3 });
    expect(result.attainment).toEqual({ slots: 100, attained: 3, share: 0.03 });
    // Until all are answered: when a time ends, the last of them may still be connecting.
    const free = await runLoad({ ...plan, stop: { durationMs: undefined, requests: 100 } });
    expect(free.counts.sent).toBe(free.counts.offered);
  });

  it("counts the response from the due time when a stall has used up the connections", async () => {
    // One connection; the first answer is held until the arrivals of 100 ms have piled up behind it.
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index !== 0) return false;
      setTimeout(() => response.end('{"data":[]}'), 100);
      return true;
    });
    const plan = planFor(server.url, { schedule: open(rate(200, 150)) });
    const result = await runLoad({ ...plan, transport: { ...plan.transport, maxConnections: 1 } });
    const { service, response, lag } = result.latencyMs;
    expect(result.counts).toMatchObject({ offered: 30, completed: 29, failed: { total: 1 } });
    // Those due 5, 10, 15 ... ms after the start waited 95, 90, 85 ...: a service time knows nothing of it.
    expect(lag.max!).toBeGreaterThan(90);
    expect(response.max!).toBeGreaterThan(service.p50! + 80);
    expect(response.mean!).toBeCloseTo(lag.mean! + service.mean!, 2);
  });
});

describe("runLoad with paced users", () => {
  const paced = (users: number, everyMs: number, overrun: Overrun): Schedule =>
    createSchedule({
      seed: 1,
      segments: [{ kind: "users", from: users, to: users, durationMs: null }],
      pace: { everyMs, overrun },
    });

  it.each<Overrun>(["skip", "slip", "queue"])(
    "begins a turn in every slot while it can: %s",
    async (overrun) => {
      await using server = await startEmbeddingServer("openai");
      const result = await runLoad(
        planFor(server.url, { schedule: paced(5, 100, overrun), stop: { requests: 15 } }),
      );
      expect(result.counts).toMatchObject({ offered: 15, completed: 15 });
      expect(result.attainment).toMatchObject({ attained: 15 });
      // Five users spread over 100 ms: the fifteenth turn is due at 280 ms.
      expect(result.window.endMs).toBeGreaterThanOrEqual(280);
      expect(result.latencyMs.lag.min).toBeGreaterThanOrEqual(0);
    },
  );

  it("skips, slips or queues what a slow server lets it miss", async () => {
    const slow = async (overrun: Overrun): ReturnType<typeof runLoad> => {
      await using server = await startEmbeddingServer("tei", (_, response) => {
        setTimeout(() => response.end("[[1,2],[3,4]]"), 75);
        return true;
      });
      return await runLoad(
        planFor(server.url, {
          workload: { dialect: "tei" },
          schedule: paced(1, 50, overrun),
          stop: { durationMs: 520 },
        }),
      );
    };
    const [skip, slip, queue] = await Promise.all([slow("skip"), slow("slip"), slow("queue")]);
    // 75 ms a turn leave room for seven; they reach into the second slot, so that skipping leaves every other one.
    for (const { attainment } of [skip, slip, queue]) expect(attainment?.slots).toBe(11);
    expect(skip.attainment!.attained).toBeLessThanOrEqual(6);
    expect(slip.attainment!.attained).toBeLessThanOrEqual(7);
    expect(queue.attainment!.attained).toBeLessThanOrEqual(7);
    // Only a queue is behind its own schedule.
    const { lag } = queue.latencyMs;
    expect(lag.max ?? lag.censored!.atLeast.max!).toBeGreaterThan(50);
  });
});

describe("runLoad with users who come and go", () => {
  it("has as many as the ramp says, and lets them finish", async () => {
    let [now, most] = [0, 0];
    await using server = await startEmbeddingServer("openai", (_, response) => {
      now += 1;
      most = Math.max(most, now);
      response.once("close", () => (now -= 1));
      return false;
    });
    const schedule = createSchedule({
      seed: 1,
      segments: [
        { kind: "users", from: 1, to: 6, durationMs: 100 },
        { kind: "users", from: 6, to: 1, durationMs: 100 },
      ],
    });
    const result = await runLoad(planFor(server.url, { schedule }));
    expect(result.end).toEqual({ kind: "finished", by: "schedule" });
    expect(result.counts).toMatchObject({ cutOff: 0, failed: { total: 0 } });
    expect(most).toBeLessThanOrEqual(6);
    expect(result.counts.completed).toBe(server.requests.length);
    expect(result.attainment).toBeUndefined();
  });

  it("does not wait for the rest of a ramp when the requests are used up", async () => {
    await using server = await startEmbeddingServer("openai");
    const schedule = createSchedule({
      seed: 1,
      segments: [{ kind: "users", from: 2, to: 50, durationMs: 600_000 }],
    });
    const result = await runLoad(planFor(server.url, { schedule, stop: { requests: 20 } }));
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts.completed).toBe(20);
  });
});

describe("rules that end a run", () => {
  it("ends at a number of failures, says where it stood, and keeps what was before the first", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index < 6 || index % 2 === 1) return false;
      response.writeHead(503).end("full");
      return true;
    });
    const result = await runLoad(
      planFor(server.url, { users: 1, stop: { durationMs: 60_000, failures: 3 } }),
    );
    expect(result.end).toEqual({
      kind: "stopped",
      reason: { kind: "too-many-failures", failures: 3, failuresInARow: 1 },
      at: { users: 1, requests: 11, failed: 3, failureShare: 3 / 11 },
    });
    expect(result.untilFirstFailure).toMatchObject({
      completed: 6,
      units: 12,
      latencyMs: { response: { n: 6 } },
    });
    expect(result.counts).toMatchObject({ completed: 8, failed: { total: 3 } });
  });

  it("ends at failures in a row, which a success interrupts", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index < 20 && index % 3 === 2) return false;
      response.writeHead(503).end("full");
      return true;
    });
    const stop = { durationMs: 60_000, failures: 0, failuresInARow: 3 };
    const result = await runLoad(planFor(server.url, { users: 1, stop }));
    expect(result.end).toMatchObject({
      kind: "stopped",
      reason: { kind: "too-many-failures-in-a-row", failuresInARow: 3 },
    });
    expect(result.counts).toMatchObject({ completed: 6 });
  });

  it("has no first failure where nothing failed", async () => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { stop: { requests: 5, failures: 1 } }));
    expect(result.untilFirstFailure).toBeUndefined();
    expect(result.end.kind).toBe("finished");
  });
});
