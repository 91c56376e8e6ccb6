import { describe, expect, it } from "vitest";
import { AdmissionCore } from "./admission-core.ts";
import { toRefusalError, type Offer, type Refusal } from "./refusal.ts";

const key = { id: "key" };
const within = (ms: number) => ({ kind: "whole", ms }) as const;

function refusalOf(offer: Offer): Refusal {
  if (offer.kind === "admitted") throw new Error("admitted");
  return offer.refusal;
}

/** One slot, taken by a job that runs; `waiting` jobs of cost 1 behind it, a second each. */
function busy(waiting: number, maxJobs = 256): AdmissionCore {
  const core = new AdmissionCore({ maxJobs });
  core.noteService(1, 1_000);
  for (let count = 0; count <= waiting; count++) {
    core.offer({ key, cost: 1, deadline: within(1e9) }, 0);
    core.next(0);
  }
  return core;
}

describe("a job that takes longer by itself than its deadline lets it", () => {
  it("is refused at once by an idle server, with nothing about coming again", () => {
    const core = new AdmissionCore();
    core.noteService(100, 1_000);
    const refusal = refusalOf(core.offer({ key, cost: 7_300, deadline: within(5_000) }, 0));
    expect(refusal).toMatchObject({ reason: "out-of-reach", retryAfterMs: undefined });
    const error = toRefusalError(refusal, "m");
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", status: 504, retryable: false });
    expect(error.retryAfterMs).toBeUndefined();
    expect(error.message).toContain("by itself it takes about 73000 ms, and its deadline is 5000 ms");
    expect(core.stats(0).totals.refused["out-of-reach"]).toBe(1);
  });

  it("is let in by an idle server where the estimate could be wrong by as much", () => {
    const core = new AdmissionCore();
    core.noteService(100, 1_000);
    expect(core.offer({ key, cost: 1_000, deadline: within(4_000) }, 0).kind).toBe("admitted");
  });

  it("is refused for good beside other work too, instead of being told to come again", () => {
    const core = busy(3);
    const refusal = refusalOf(core.offer({ key, cost: 20, deadline: within(10_000) }, 0));
    expect(refusal).toMatchObject({ reason: "out-of-reach", retryAfterMs: undefined });
  });

  it("is let through now and then, so that an estimate that was wrong is put right", () => {
    const core = new AdmissionCore();
    core.noteService(1, 1_000);
    const job = { key, cost: 100, deadline: within(5_000) };
    expect(core.offer(job, 0).kind).toBe("refused");
    expect(core.offer(job, 29_000).kind).toBe("refused");
    const probe = core.offer(job, 30_000);
    if (probe.kind !== "admitted") throw new Error("expected a probe");
    core.next(30_000);
    core.finish(probe.ticket, "completed", 31_000);
    for (let count = 0; count < 20; count++) {
      const atMs = 40_000 + 2_000 * count;
      const offer = core.offer(job, atMs);
      if (offer.kind !== "admitted") throw new Error(`refused after the probe: ${offer.refusal.why}`);
      core.next(atMs);
      core.finish(offer.ticket, "completed", atMs + 1_000);
    }
  });

  it("never is one whose parts have deadlines of their own", () => {
    const core = new AdmissionCore();
    core.noteService(1, 1_000);
    const deadline = { kind: "per-part", partMs: 10, waitMs: 10 } as const;
    expect(core.offer({ key, cost: 100, deadline }, 0).kind).toBe("admitted");
  });
});

describe("a job that would wait too long for its deadline", () => {
  it("is told to come when it would be in time, not when everything is done", () => {
    const core = busy(39);
    const refusal = refusalOf(core.offer({ key, cost: 5, deadline: within(30_000) }, 0));
    expect(refusal.reason).toBe("deadline");
    // 40 s of work before it, and 25 s that it may wait.
    expect(refusal.retryAfterMs).toBeGreaterThan(15_000);
    expect(refusal.retryAfterMs).toBeLessThan(40_000);
  });

  it("is told another time than the one before it, by what that one takes", () => {
    const core = busy(60);
    const told = Array.from({ length: 5 }, (_, count) => {
      const job = { key, cost: 10, deadline: within(30_000), caller: `user ${count}` };
      return 100 * count + refusalOf(core.offer(job, 100 * count)).retryAfterMs!;
    });
    for (let count = 1; count < told.length; count++) {
      expect(told[count]! - told[count - 1]!).toBeGreaterThan(8_000);
    }
  });

  it("is told so, and not that the queue is full, wherever that is the tighter bound", () => {
    const refusals: Refusal[] = [];
    const core = busy(15);
    for (let user = 0; user < 40; user++) {
      const offer = core.offer({ key, cost: 1, deadline: within(30_000), caller: `user ${user}` }, 0);
      if (offer.kind === "refused") refusals.push(offer.refusal);
    }
    expect(refusals.length).toBeGreaterThan(20);
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(new Set(["deadline"]));
    const full = busy(2, 2);
    expect(refusalOf(full.offer({ key, cost: 1, deadline: within(30_000) }, 0)).reason).toBe("full");
  });
});

describe("a key that holds as much as it may", () => {
  it("is told when the first of its own jobs will be done", () => {
    const core = new AdmissionCore();
    core.noteService(100, 100);
    for (let other = 0; other < 100; other++) core.offer({ key: { id: `other ${other}` }, cost: 100 }, 0);
    core.next(0);
    const limited = { key: { id: "limited", maxJobs: 1 }, cost: 100 };
    expect(core.offer(limited, 0).kind).toBe("admitted");
    const first = refusalOf(core.offer({ ...limited, caller: "a" }, 0));
    expect(first.reason).toBe("key-limit");
    expect(first.retryAfterMs).toBeGreaterThan(9_000);
    expect(first.retryAfterMs).toBeLessThan(13_000);
    // The next one after the job of the first, which will wait as long.
    const second = refusalOf(core.offer({ ...limited, caller: "b" }, 0));
    expect(second.retryAfterMs! - first.retryAfterMs!).toBeGreaterThan(5_000);
  });

  it("takes no more than a part of all promises, however often it asks", () => {
    const core = new AdmissionCore();
    core.noteService(1, 1_000);
    const limited = { key: { id: "limited", maxJobs: 1 }, cost: 1 };
    core.offer(limited, 0);
    for (let count = 0; count < 2_000; count++) {
      refusalOf(core.offer({ ...limited, caller: `user ${count}` }, count / 10));
    }
    expect(core.stats(200).reservations.open).toBeLessThanOrEqual(256);
  });

  it("is told what is left of the one that runs", () => {
    const core = new AdmissionCore();
    core.noteService(1, 1_000);
    const limited = { key: { id: "limited", maxJobs: 1 }, cost: 5 };
    core.offer(limited, 0);
    core.next(0);
    const { retryAfterMs } = refusalOf(core.offer(limited, 2_000));
    expect(retryAfterMs).toBeGreaterThanOrEqual(3_000);
    expect(retryAfterMs).toBeLessThanOrEqual(4_000);
  });
});
