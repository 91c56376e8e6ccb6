import { describe, expect, it } from "vitest";
import { AdmissionCore } from "./admission-core.ts";
import type { AdmissionJob, Ticket } from "./job.ts";

const key = { id: "key" };
const job: AdmissionJob = { key, cost: 1 };

function admitted(core: AdmissionCore, offered: AdmissionJob, nowMs = 0): Ticket {
  const offer = core.offer(offered, nowMs);
  if (offer.kind === "refused") throw new Error(`refused: ${offer.refusal.why}`);
  return offer.ticket;
}

function refused(core: AdmissionCore, offered: AdmissionJob, nowMs = 0) {
  const offer = core.offer(offered, nowMs);
  if (offer.kind === "admitted") throw new Error("admitted");
  return offer.refusal;
}

/** A core whose only slot is taken by a job that runs. */
function busy(options: ConstructorParameters<typeof AdmissionCore>[0] = {}, costMs = 1_000): AdmissionCore {
  const core = new AdmissionCore(options);
  core.noteService(1, costMs);
  admitted(core, { key: { id: "first" }, cost: 1 });
  core.next(0);
  return core;
}

describe("admission core", () => {
  it("holds 256 waiting jobs beside those that run, by default", () => {
    const core = busy({}, 1);
    for (let count = 0; count < 256; count++) admitted(core, job);
    expect(refused(core, job)).toMatchObject({ reason: "full", why: "all 256 places to wait are taken" });
    expect(core.jobsHeld).toBe(257);
  });

  it("bounds the cost that waits, and lets one job in that is larger than all of it", () => {
    const core = busy({ maxCost: 100 }, 1);
    const large = admitted(core, { key, cost: 500 });
    expect(refused(core, job)).toMatchObject({ reason: "full" });
    core.cancel(large);
    admitted(core, { key, cost: 60 });
    expect(refused(core, { key, cost: 60 }).why).toContain("cost 60 of at most 100");
    admitted(core, { key, cost: 40 });
  });

  it("tells a key that holds as much as it may", () => {
    const core = busy({}, 1);
    const limited = { key: { id: "limited", maxJobs: 2, maxCost: 100 }, cost: 1 };
    const first = admitted(core, limited);
    admitted(core, limited);
    expect(refused(core, limited)).toMatchObject({ reason: "key-limit" });
    core.cancel(first);
    expect(refused(core, { ...limited, cost: 100 })).toMatchObject({ reason: "key-limit" });
    admitted(core, limited);
    admitted(core, job);
  });

  it("refuses at once what cannot be done by its deadline, and says when it could be", () => {
    const core = busy({}, 1_000);
    for (let count = 0; count < 5; count++) admitted(core, job);
    const refusal = refused(core, { key, cost: 1, deadline: { kind: "whole", ms: 3_000 } });
    expect(refusal.reason).toBe("deadline");
    expect(refusal.retryAfterMs).toBeGreaterThan(3_000);
    expect(refusal.retryAfterMs).toBeLessThan(15_000);
    admitted(core, { key, cost: 1, deadline: { kind: "whole", ms: 30_000 } });
    // Interactive jobs go before all that.
    admitted(core, { key, cost: 1, class: "interactive", deadline: { kind: "whole", ms: 3_200 } });
  });

  it("is crowded by jobs or by their cost", () => {
    const byJobs = busy({ maxJobs: 10 }, 1);
    for (let count = 0; count < 8; count++) admitted(byJobs, job);
    expect(byJobs.isCrowded).toBe(false);
    admitted(byJobs, job);
    expect(byJobs.isCrowded).toBe(true);
    const byCost = busy({ maxCost: 100 }, 1);
    admitted(byCost, { key, cost: 80 });
    expect(byCost.isCrowded).toBe(false);
    admitted(byCost, { key, cost: 10 });
    expect(byCost.isCrowded).toBe(true);
  });

  it("gives 30 s, or four times the job's own time, or what its kind asks for at least", () => {
    const core = new AdmissionCore({ slots: 0 });
    core.noteService(1, 100);
    expect(admitted(core, job).deadlineAtMs).toBe(30_000);
    expect(admitted(core, { key, cost: 200 }).deadlineAtMs).toBeCloseTo(80_000);
    const chat = { key, cost: 1, deadline: { kind: "default", atLeastMs: 120_000 } } as const;
    expect(admitted(core, chat, 5).deadlineAtMs).toBe(120_005);
  });

  it("drops what waits past its deadline and reports what runs past it", () => {
    const core = new AdmissionCore();
    const deadline = { kind: "whole", ms: 100 } as const;
    const runs = admitted(core, { key, cost: 1, deadline });
    core.next(0);
    const waits = admitted(core, { key, cost: 1, deadline }, 50);
    expect(core.nextDeadlineMs).toBe(100);
    expect(core.expire(99)).toEqual([]);
    expect(core.expire(100)).toEqual([{ ticket: runs, phase: "running" }]);
    expect(core.expire(150)).toEqual([{ ticket: waits, phase: "waiting" }]);
    expect(core.nextDeadlineMs).toBe(Number.POSITIVE_INFINITY);
    expect(core.next(150)).toBeUndefined();
    core.finish(runs, "abandoned", 160);
    expect(core.jobsHeld).toBe(0);
  });

  it("counts a deadline per part from dispatch and from each part", () => {
    const core = new AdmissionCore();
    const ticket = admitted(core, { key, cost: 1, deadline: { kind: "per-part", partMs: 100 } });
    expect(core.nextDeadlineMs).toBe(Number.POSITIVE_INFINITY);
    core.next(5_000);
    expect(core.nextDeadlineMs).toBe(5_100);
    core.notePart(ticket, 5_090);
    expect(core.expire(5_189)).toEqual([]);
    expect(core.expire(5_190)).toEqual([{ ticket, phase: "running" }]);
  });

  it("goes by the counted cost once it is known", () => {
    const core = busy({ maxCost: 100 }, 1);
    const waiting = admitted(core, { key, cost: 90 });
    expect(core.offer({ key, cost: 20 }, 0).kind).toBe("refused");
    core.correctCost(waiting, 10);
    admitted(core, { key, cost: 20 });
    expect(core.stats(0).waiting).toMatchObject({ jobs: 2, cost: 30 });
  });

  it("measures the rate over busy time, over all slots", () => {
    const core = new AdmissionCore({ slots: 2 });
    let nowMs = 0;
    for (let round = 0; round < 10; round++) {
      const pair = [admitted(core, { key, cost: 50 }, nowMs), admitted(core, { key, cost: 50 }, nowMs)];
      while (core.next(nowMs) !== undefined);
      nowMs += 100;
      for (const ticket of pair) core.finish(ticket, "completed", nowMs);
      nowMs += 10_000;
    }
    const { rate } = core.stats(nowMs);
    expect(rate?.costPerSecond).toBeCloseTo(1_000);
    expect(rate?.jobsPerSecond).toBeCloseTo(20);
    expect(rate?.serviceMs).toBeCloseTo(100);
  });

  it("takes a change of slots as it comes", () => {
    const core = new AdmissionCore({ slots: 0 });
    for (let count = 0; count < 5; count++) admitted(core, job);
    expect(core.next(0)).toBeUndefined();
    core.setSlots(2);
    const first = core.next(0)!;
    expect(core.next(0)).toBeDefined();
    expect(core.next(0)).toBeUndefined();
    core.setSlots(1);
    core.finish(first, "completed", 1);
    expect(core.next(1)).toBeUndefined();
  });

  it("lends idle slots to a job that can be split", () => {
    const core = new AdmissionCore({ slots: 4 });
    const ticket = admitted(core, job);
    core.next(0);
    expect(core.takeIdleSlots(ticket, 8, 0)).toBe(3);
    admitted(core, job, 1);
    expect(core.next(1)).toBeUndefined();
    core.giveSlots(ticket, 1, 2);
    expect(core.next(2)).toBeDefined();
    core.finish(ticket, "completed", 10);
    expect(core.stats(10)).toMatchObject({ slotsInUse: 1 });
    expect(core.stats(10).rate?.serviceMs).toBeCloseTo(4 * 2 + 3 * 8);
  });

  it("says what it holds and has done", () => {
    const core = busy({ maxJobs: 1 }, 1);
    admitted(core, { key, cost: 3, class: "batch" }, 10);
    refused(core, job, 20);
    expect(core.stats(50)).toMatchObject({
      slots: 1,
      slotsInUse: 1,
      waiting: { jobs: 1, cost: 3, oldestWaitMs: 40 },
      waitingByClass: { batch: { jobs: 1, cost: 3, oldestWaitMs: 40 }, interactive: { jobs: 0 } },
      keys: [
        { id: "first", runningJobs: 1 },
        { id: "key", waitingJobs: 1, waitingCost: 3, reserved: 1 },
      ],
      reservations: { open: 1 },
      totals: { admitted: 2, dispatched: 1, refused: { full: 1 } },
    });
  });

  it("lists every problem of its options at once", () => {
    expect(() => new AdmissionCore({ maxJobs: -1, ageingMs: 0 })).toThrow(
      /maxJobs .* got -1; ageingMs .* got 0/u,
    );
  });
});
