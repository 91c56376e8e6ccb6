import { ArrivalSequence, createSchedule, type OpenLoopSchedule, type Schedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import type { LoadProgress } from "../run/load-result.ts";
import { runLoad } from "../run/run-load.ts";
import { RunLedger } from "../run/run-ledger.ts";
import type { WorkerOrder } from "./worker-messages.ts";
import { WorkerTeam } from "./worker-team.ts";

const rate = (perSecond: number, durationMs: number, kind: "constant" | "poisson"): Schedule =>
  createSchedule({
    seed: 3,
    segments: [
      { kind: "rate", fromPerSecond: perSecond, toPerSecond: perSecond, durationMs, arrivals: { kind } },
    ],
  });

function countArrivals(schedule: Schedule): number {
  const arrivals = new ArrivalSequence(schedule as OpenLoopSchedule);
  let count = 0;
  while (arrivals.next() < Infinity) count += 1;
  return count;
}

describe("runLoad in several threads", () => {
  it.each([1, 2, 7])("sends the same arrivals, each once, with %i", async (workers) => {
    await using server = await startEmbeddingServer("openai");
    const schedule = rate(200, 300, "poisson");
    const due = countArrivals(schedule);
    const result = await runLoad(planFor(server.url, { schedule }), { workers });
    expect(result.end).toEqual({ kind: "finished", by: "schedule" });
    const { offered, sent, completed } = result.counts;
    expect({ offered, sent, completed }).toEqual({ offered: due, sent: due, completed: due });
    expect(server.requests).toHaveLength(due);
    expect(result.attainment).toEqual({ slots: due, attained: due, share: 1 });
    expect(result.schedule).toEqual({ hash: schedule.hash, appended: [] });
    expect(result.generator.workers).toHaveLength(workers);
    // Words that bust caches come once over all workers.
    expect(new Set(server.requests.flatMap((request) => request.texts)).size).toBe(2 * due);
    const completedInSlices = result.slices.reduce((sum, slice) => sum + slice.completed, 0);
    expect(completedInSlices).toBe(due);
    expect(result.latencyMs.response.n).toBe(due);
  });

  it.each([2, 3])("shares a number of requests exactly, warm-up handed over, with %i", async (workers) => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { users: 5, warmupMs: 50, stop: { requests: 101 } }), {
      workers,
    });
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts).toMatchObject({ completed: 101, cutOff: 0 });
    expect(server.requests).toHaveLength(101 + result.warmUp.completed);
  });

  it("has a worker without users end by itself", async () => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { users: 2, stop: { requests: 20 } }), { workers: 4 });
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(server.requests).toHaveLength(20);
  });

  it("does not wait for users that would come later when the requests are used up", async () => {
    await using server = await startEmbeddingServer("openai");
    const schedule = createSchedule({
      seed: 1,
      segments: [{ kind: "users", from: 1, to: 2, durationMs: 600_000 }],
    });
    const result = await runLoad(planFor(server.url, { schedule, stop: { requests: 10 } }), { workers: 2 });
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts.completed).toBe(10);
  });

  it("stops all at the failure that one of them sees", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index < 12) return false;
      response.writeHead(503).end("full");
      return true;
    });
    const result = await runLoad(
      planFor(server.url, { users: 4, stop: { durationMs: 60_000, failures: 3 } }),
      { workers: 2 },
    );
    expect(result.end).toMatchObject({ kind: "stopped", reason: { kind: "too-many-failures", failures: 3 } });
    if (result.end.kind !== "stopped") return;
    const { at } = result.end;
    expect(at).toMatchObject({ users: 4, failed: result.counts.failed.total });
    expect(at.failed).toBeGreaterThanOrEqual(3);
    // Each user may have one request in flight when the rule decides, and one more that was let go in that moment.
    expect(at.failed).toBeLessThanOrEqual(3 + 2 * 4);
    expect(result.untilFirstFailure!.completed).toBeLessThanOrEqual(12);
    expect(result.untilFirstFailure!.latencyMs.response.n).toBe(result.untilFirstFailure!.completed);
  });

  it("tells how all of them are doing, and is interrupted as one", async () => {
    await using server = await startEmbeddingServer("openai");
    const interrupt = new AbortController();
    const told: LoadProgress[] = [];
    const result = await runLoad(planFor(server.url, { users: 4, stop: { durationMs: 60_000 } }), {
      workers: 2,
      signal: interrupt.signal,
      progressIntervalMs: 5,
      onProgress: (progress) => {
        told.push(progress);
        if (progress.completed > 50 && progress.users === 4) interrupt.abort();
      },
    });
    expect(result.end).toEqual({ kind: "interrupted" });
    expect(told.at(-1)).toMatchObject({
      completed: result.counts.completed,
      inFlight: result.counts.cutOff,
      unit: "texts",
    });
    expect(result.counts.completed + result.counts.cutOff).toBe(result.counts.offered);
  });

  it("sends nothing when it is interrupted before it begins", async () => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { stop: { requests: 5 } }), {
      workers: 2,
      signal: AbortSignal.abort(),
    });
    expect(result.end).toEqual({ kind: "interrupted" });
    expect(server.requests).toHaveLength(0);
  });

  it("fails when the one who watches does, with no thread left", async () => {
    await using server = await startEmbeddingServer("openai");
    const watching = runLoad(planFor(server.url, { stop: { durationMs: 60_000 } }), {
      workers: 2,
      progressIntervalMs: 1,
      onProgress: () => {
        throw new TypeError("no terminal");
      },
    });
    await expect(watching).rejects.toThrow("no terminal");
  });

  it("refuses a number of workers that makes no sense", async () => {
    const plan = planFor("http://127.0.0.1:9", { stop: { requests: 1 } });
    await expect(runLoad(plan, { workers: 0 })).rejects.toThrow("workers must be a whole number from 1");
  });
});

describe("a worker that is lost", () => {
  const order = (worker: number, changes: Partial<WorkerOrder> = {}): WorkerOrder => ({
    plan: planFor("http://127.0.0.1:9", { stop: { requests: 1 } }),
    worker,
    workers: 2,
    ledger: new RunLedger().memory,
    progressIntervalMs: 100,
    stopLimits: undefined,
    sampleDirectory: undefined,
    extensible: false,
    ...changes,
  });

  it("fails the run with what it said, and takes the others along", async () => {
    // The one that cannot make its file fails while the other waits to begin.
    const team = new WorkerTeam([order(0), order(1, { sampleDirectory: "/nowhere" })]);
    await expect(team.ready()).rejects.toThrow(/ENOENT.*nowhere/);
    await expect(team.results()).rejects.toThrow("ENOENT");
  });

  it("fails the run when it breaks in the middle", async () => {
    const team = new WorkerTeam([order(0), order(1)]);
    await team.ready();
    // Nothing can follow a schedule that has no end: the worker throws outside of everything that it catches.
    team.tell({ kind: "start", atNs: process.hrtime.bigint() + 10n ** 12n });
    team.tell({ kind: "append", segment: { kind: "replay", dueMs: [1] } });
    await expect(team.results()).rejects.toThrow(/worker [01] of 2 was lost: .*without a duration/);
  });
});
