import { describe, expect, it } from "vitest";
import { AdmissionCore } from "./admission-core.ts";
import type { Ticket } from "./job.ts";

const slotCost = 2_048;

function run(core: AdmissionCore, cost: number, nowMs: number): Ticket | undefined {
  const offer = core.offer({ key: { id: "key" }, cost }, nowMs);
  if (offer.kind === "refused") throw new Error(offer.refusal.why);
  return core.next(nowMs);
}

function runAll(core: AdmissionCore, count: number, cost: number, nowMs: number): Ticket[] {
  return Array.from({ length: count }, () => run(core, cost, nowMs)!);
}

describe("slots that small jobs share", () => {
  it("take as many jobs as fill them, and one that fills a slot by itself", () => {
    const core = new AdmissionCore({ slots: 2, slotCost });
    for (const ticket of runAll(core, 64, 64, 0)) expect(ticket).toBeDefined();
    expect(core.stats(0)).toMatchObject({ slotsInUse: 2, runningJobs: 64 });
    expect(run(core, 64, 0)).toBeUndefined();
    expect(core.stats(0).waiting.jobs).toBe(1);
  });

  it("are whole slots to jobs as large as one, however much larger", () => {
    const core = new AdmissionCore({ slots: 2, slotCost });
    expect(runAll(core, 2, 50_000, 0)).toHaveLength(2);
    expect(core.stats(0).slotsInUse).toBe(2);
    expect(run(core, 1, 0)).toBeUndefined();
  });

  it("take 64 jobs at most, and none is lost or found by fractions", () => {
    const core = new AdmissionCore({ slots: 1, slotCost });
    const jobs = runAll(core, 64, 1, 0);
    expect(run(core, 1, 0)).toBeUndefined();
    for (const job of jobs) core.finish(job, "completed", 10);
    expect(core.stats(10).slotsInUse).toBe(0);
  });

  it("are lent whole to a job that is split, and come back", () => {
    const core = new AdmissionCore({ slots: 4, slotCost });
    const [small] = runAll(core, 1, 64, 0);
    const large = run(core, 10_000, 0)!;
    expect(core.takeIdleSlots(large, 8, 0)).toBe(2);
    core.giveSlots(large, 8, 1);
    expect(core.stats(1).slotsInUse).toBe(1 + 2 / 64);
    core.finish(small!, "completed", 2);
    core.finish(large, "completed", 2);
    expect(core.stats(2).slotsInUse).toBe(0);
  });

  it("promise no more than one small job alone has shown", () => {
    const core = new AdmissionCore({ slots: 2, slotCost });
    for (let at = 0; at < 1_000; at += 20) core.finish(run(core, 64, at)!, "completed", at + 20);
    // Nobody has seen that they are faster together: two slots could do two of them in 20 ms.
    expect(core.stats(1_000).rate?.jobsPerSecond).toBeCloseTo(100);
  });

  it("tell the throughput of jobs that are computed together", () => {
    const core = new AdmissionCore({ slots: 2, slotCost });
    // Two batches of 32 are under way at any time; each takes 200 ms behind the one before.
    let nowMs = 0;
    let first = runAll(core, 32, 64, nowMs);
    for (let turn = 0; turn < 20; turn++) {
      const second = runAll(core, 32, 64, nowMs);
      nowMs += 200;
      for (const job of first) core.finish(job, "completed", nowMs);
      first = second;
    }
    expect(core.stats(nowMs).rate?.jobsPerSecond).toBeGreaterThan(150);
    expect(core.stats(nowMs).rate?.jobsPerSecond).toBeLessThan(170);
  });

  it("are thought to be full by as many jobs as there are slots, when it comes to what is still to do", () => {
    const core = new AdmissionCore({ slots: 2, slotCost });
    core.noteService(64, 40);
    const [one] = runAll(core, 2, 64, 0);
    expect(core.situation.running.remainingSlotMs(40 / 64, 10)).toBeCloseTo(60);
    core.finish(one!, "completed", 10);
    expect(core.situation.running.remainingSlotMs(40 / 64, 25)).toBeCloseTo(15);
  });

  it("have room for a few small jobs of the first class beside lists that fill them", () => {
    const core = new AdmissionCore({ slots: 2, slotCost });
    const lists = runAll(core, 2, 10_000, 0);
    const offer = (cost: number, name: "interactive" | "normal") =>
      core.offer({ key: { id: "key" }, cost, class: name }, 0);
    offer(64, "normal");
    expect(core.next(0)).toBeUndefined();
    offer(64, "interactive");
    expect(core.next(0)?.rank).toBe(0);
    expect(core.next(0)).toBeUndefined();
    offer(1_000, "interactive");
    expect(core.next(0)).toBeUndefined();
    core.finish(lists[0]!, "completed", 10);
    expect(core.next(0)).toMatchObject({ rank: 0, cost: 1_000 });
    for (let count = 0; count < 100; count++) offer(64, "interactive");
    while (core.next(20) !== undefined);
    expect(core.stats(20).slotsInUse).toBe(2.5);
  });
});
