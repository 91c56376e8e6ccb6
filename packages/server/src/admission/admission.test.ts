import { WeirError } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";
import { VirtualClock } from "./fixtures/virtual-clock.ts";

const job = { key: { id: "key" }, cost: 1 };
const never = new AbortController().signal;

describe("admission at the edge", () => {
  it("lets jobs run one after the other and says how long each waited and ran", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", {}, clock);
    const first = await admission.admit(job, never);
    const waiting = admission.admit(job, never);
    clock.runUntil(30);
    expect(first.release("completed")).toBe(30);
    expect(first.release("completed")).toBe(30);
    const second = await waiting;
    expect(second.queueMs).toBe(30);
    second.release("failed");
    expect(admission.stats().totals).toMatchObject({ completed: 1, failed: 1 });
    expect(clock.pendingEvents).toBe(0);
  });

  it("answers 503 when full and 429 for a key's own limit, with the time to come back", async () => {
    const admission = new Admission("m", { maxJobs: 0 }, new VirtualClock());
    await admission.admit(job, never);
    const full = admission.admit({ ...job, key: { id: "other" } }, never);
    await expect(full).rejects.toMatchObject({
      code: "QUEUE_FULL",
      status: 503,
      retryAfterMs: expect.any(Number),
    });
    const limited = admission.admit({ ...job, key: { id: "key", maxJobs: 1 } }, never);
    await expect(limited).rejects.toMatchObject({ code: "RATE_LIMITED", status: 429, retryAfterMs: 1_000 });
  });

  it("fails what waits where that is for nothing, and lets in what comes after", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", { slots: 0 }, clock);
    const waiting = [admission.admit(job, never), admission.admit(job, never)];
    const why = new WeirError("REPLICA_START_FAILED", "the disk is gone");
    admission.failWaiting(why);
    for (const permit of waiting) await expect(permit).rejects.toBe(why);
    expect(admission.jobsHeld).toBe(0);
    expect(clock.pendingEvents).toBe(0);
    const next = admission.admit(job, never);
    admission.setSlots(1);
    (await next).release("completed");
  });

  it("refuses ahead of its cost only what it would refuse whatever that is", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", { maxJobs: 2 }, clock);
    const other = { key: { id: "other" } };
    const running = await admission.admit(job, never);
    void admission.admit(job, never);
    expect(admission.refuseAhead(job)).toBeUndefined();
    void admission.admit(job, never).catch(() => {});
    const refusal = admission.refuseAhead({ ...job, caller: "c" });
    expect(refusal).toMatchObject({ code: "QUEUE_FULL", retryAfterMs: expect.any(Number) });
    expect(admission.stats().totals.refused.full).toBe(1);
    // It may take a place of the one that has them all.
    expect(admission.refuseAhead(other)).toBeUndefined();
    // Who comes back when told to has a place.
    clock.runUntil(refusal!.retryAfterMs!);
    expect(admission.refuseAhead({ ...job, caller: "c" })).toBeUndefined();
    running.release("completed");
    expect(admission.refuseAhead(job)).toBeUndefined();
  });

  it("says why work was stopped also where that was before it began", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", {}, clock);
    const done = admission.run({ ...job, deadline: { kind: "whole", ms: 10 } }, never, async ({ signal }) => {
      signal.throwIfAborted();
      throw new Error("it was not stopped");
    });
    // The permit is given, and its time is up before anybody who waits for it is told.
    clock.runUntil(10);
    await expect(done).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    const other = admission.run({ ...job, deadline: { kind: "whole", ms: 10 } }, never, async () => {
      throw new Error("what the engine says of being stopped");
    });
    clock.runUntil(20);
    await expect(other).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(admission.jobsHeld).toBe(0);
  });

  it("answers 504, not to be retried, at the deadline, waiting and running", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", {}, clock);
    const running = await admission.admit({ ...job, deadline: { kind: "whole", ms: 80 } }, never);
    const waiting = admission.admit({ ...job, deadline: { kind: "whole", ms: 50 } }, never);
    clock.runUntil(50);
    await expect(waiting).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", status: 504, retryable: false });
    expect(running.signal.aborted).toBe(false);
    clock.runUntil(80);
    expect(running.signal.reason).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(admission.jobsHeld).toBe(1);
    running.release("failed");
    expect(admission.jobsHeld).toBe(0);
  });

  it("frees the place of a client that goes away, and tells the work", async () => {
    const admission = new Admission("m", { maxJobs: 1 }, new VirtualClock());
    const runner = new AbortController();
    const waiter = new AbortController();
    const running = await admission.admit(job, runner.signal);
    const waiting = admission.admit(job, waiter.signal);
    waiter.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    const next = admission.admit(job, never);
    runner.abort();
    expect(running.signal.reason).toMatchObject({ code: "CANCELLED" });
    running.release("failed");
    await expect(next).resolves.toMatchObject({ queueMs: 0 });
    await expect(admission.admit(job, AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
    expect(admission.stats().totals.cancelled).toEqual({ waiting: 1, running: 1 });
  });

  it("runs work with a permit and releases it on every path", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", {}, clock);
    await expect(admission.run(job, never, async ({ queueMs }) => queueMs)).resolves.toBe(0);
    await expect(admission.run(job, never, () => Promise.reject(new Error("broken")))).rejects.toThrow(
      "broken",
    );
    let end!: () => void;
    const stuck = admission.run(
      { ...job, deadline: { kind: "whole", ms: 10 } },
      never,
      () => new Promise<void>((resolve) => (end = resolve)),
    );
    await Promise.resolve();
    clock.runUntil(10);
    await expect(stuck).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    // The engine still computes: its slot is not free before it has stopped.
    expect(admission.stats().slotsInUse).toBe(1);
    end();
    await admission.drain(0);
    expect(admission.stats().slotsInUse).toBe(0);
  });

  it("drains: lets nothing in, finishes what it can in time and fails the rest", async () => {
    const clock = new VirtualClock();
    const admission = new Admission("m", {}, clock);
    const first = await admission.admit(job, never);
    const second = admission.admit(job, never);
    const third = admission.admit(job, never);
    const drained = admission.drain(100);
    await expect(admission.admit(job, never)).rejects.toMatchObject({ code: "NOT_READY", status: 503 });
    first.release("completed");
    const running = await second;
    clock.runUntil(100);
    await expect(third).rejects.toMatchObject({ code: "NOT_READY" });
    expect(running.signal.reason).toMatchObject({ code: "NOT_READY" });
    running.release("failed");
    await drained;
    expect(admission.jobsHeld).toBe(0);
    expect(clock.pendingEvents).toBe(0);
  });

  it("starts what waits when slots come", async () => {
    const admission = new Admission("m", { slots: 0 }, new VirtualClock());
    const waiting = admission.admit(job, never);
    admission.setSlots(1);
    await expect(waiting).resolves.toBeDefined();
  });
});
