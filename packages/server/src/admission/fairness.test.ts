import { describe, expect, it } from "vitest";
import { AdmissionCore } from "./admission-core.ts";
import { SimulatedModel } from "./fixtures/simulated-model.ts";
import { VirtualClock } from "./fixtures/virtual-clock.ts";

const alice = { id: "alice" };
const bob = { id: "bob" };

describe("fairness", () => {
  it("1,000 queued batch jobs delay another key's interactive job by no more than one batch in flight", () => {
    const clock = new VirtualClock();
    const model = new SimulatedModel(clock, { maxJobs: 2_000 }, () => 100);
    const patient = { kind: "per-part", partMs: 60_000 } as const;
    for (let job = 0; job < 1_000; job++) {
      model.offer({ key: alice, class: "batch", cost: 1, deadline: patient });
    }
    const waits: number[] = [];
    // Long enough for all of the batch jobs to be older than the ageing bound.
    for (let atMs = 50; atMs < 60_000; atMs += 730) {
      clock.runUntil(atMs);
      model.offer(
        { key: bob, class: "interactive", cost: 1 },
        { onStart: (waitedMs) => waits.push(waitedMs) },
      );
    }
    clock.runUntil(120_000);
    expect(waits).toHaveLength(83);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
  });

  it("when full, a key below its share takes the place of the newest batch job of the largest holder", () => {
    const core = new AdmissionCore({ maxJobs: 256 });
    const offers = Array.from({ length: 256 }, () => core.offer({ key: alice, class: "batch", cost: 1 }, 0));
    core.offer({ key: alice, class: "batch", cost: 1 }, 0);
    const newest = offers.at(-1)!;
    // 256 places and one free slot: the last place is the 257th job's.
    const offer = core.offer({ key: bob, class: "interactive", cost: 1 }, 1);
    if (offer.kind !== "admitted" || newest.kind !== "admitted")
      throw new Error("expected both to be admitted");
    expect(offer.displaced).toHaveLength(1);
    expect(offer.displaced[0]!.refusal).toMatchObject({ reason: "displaced" });
    expect(offer.displaced[0]!.refusal.retryAfterMs).toBeGreaterThan(0);
    expect(offer.displaced[0]!.ticket.id).toBe(newest.ticket.id + 1);
    expect(core.next(1)).toBe(offer.ticket);
  });

  it("does not displace for a key that has its share, nor interactive jobs for batch jobs", () => {
    const core = new AdmissionCore({ maxJobs: 4, slots: 0 });
    const interactive = { key: alice, class: "interactive", cost: 1 } as const;
    for (let job = 0; job < 4; job++) core.offer(interactive, 0);
    expect(core.offer({ key: bob, class: "batch", cost: 1 }, 1)).toMatchObject({ kind: "refused" });
    for (let job = 0; job < 2; job++) {
      expect(core.offer({ ...interactive, key: bob }, 2)).toMatchObject({ kind: "admitted" });
    }
    expect(core.offer({ ...interactive, key: bob }, 3)).toMatchObject({ kind: "refused" });
  });

  it("a batch job waits no longer than the ageing bound under endless interactive load", () => {
    const clock = new VirtualClock();
    const model = new SimulatedModel(clock, { ageingMs: 10_000 }, () => 100);
    const offerInteractive = () => {
      const again = () => clock.after(0, offerInteractive);
      model.offer({ key: bob, class: "interactive", cost: 1 }, { onDone: again });
    };
    for (let user = 0; user < 8; user++) offerInteractive();
    const waits: number[] = [];
    // Two a second of ten: less than the quarter that aged work has.
    for (let job = 0; job < 120; job++) {
      clock.runUntil(job * 500);
      model.offer({ key: bob, class: "batch", cost: 1 }, { onStart: (waitedMs) => waits.push(waitedMs) });
    }
    clock.runUntil(80_000);
    expect(waits).toHaveLength(120);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(Math.min(...waits)).toBeGreaterThan(4_000);
  });

  it("a large batch job waits no longer than that beside another key's small ones", () => {
    const clock = new VirtualClock();
    const model = new SimulatedModel(clock, { maxJobs: 2_000, ageingMs: 10_000 }, (cost) => cost / 10);
    model.core.noteService(100, 10);
    const patient = { kind: "per-part", partMs: 600_000 } as const;
    const offerAgain = (key: { id: string }, kind: "interactive" | "batch"): void => {
      const onDone = () => clock.after(0, () => offerAgain(key, kind));
      model.offer({ key, class: kind, cost: 100, deadline: patient }, { onDone });
    };
    for (let user = 0; user < 20; user++) offerAgain({ id: "asks" }, "interactive");
    for (let user = 0; user < 50; user++) offerAgain(alice, "batch");
    let waitedMs: number | undefined;
    const large = { key: bob, class: "batch", cost: 100_000, deadline: patient } as const;
    model.offer(large, { onStart: (ms) => (waitedMs = ms) });
    clock.runUntil(60_000);
    expect(waitedMs).toBeLessThanOrEqual(10_000);
  });

  it("aged work that asks for more than its quarter gets a quarter by cost", () => {
    const clock = new VirtualClock();
    const model = new SimulatedModel(clock, { maxJobs: 3_000 }, (cost) => 10 * cost);
    const done = { interactive: 0, batch: 0 };
    const offer = (kind: "interactive" | "batch", cost: number) => {
      const onDone = () => {
        if (clock.nowMs() > 10_000) done[kind] += cost;
        clock.after(0, () => offer(kind, cost));
      };
      const deadline = { kind: "per-part", partMs: 60_000 } as const;
      model.offer({ key: alice, class: kind, cost, deadline }, { onDone });
    };
    for (let user = 0; user < 4; user++) offer("interactive", 1);
    for (let user = 0; user < 200; user++) offer("batch", 10);
    clock.runUntil(60_000);
    expect(done.batch / (done.batch + done.interactive)).toBeCloseTo(0.25, 1);
  });

  it("shares the capacity equally, by cost, whatever each key asks for", () => {
    const clock = new VirtualClock();
    const model = new SimulatedModel(clock, { maxJobs: 4_000 }, (cost) => cost);
    const done = new Map<string, number>();
    const keys = [
      { id: "large", cost: 50, jobs: 300 },
      { id: "small", cost: 5, jobs: 3_000 },
      { id: "double", cost: 10, jobs: 600, weight: 2 },
    ];
    for (const { cost, jobs, ...key } of keys) {
      for (let job = 0; job < jobs; job++) {
        const onDone = () => done.set(key.id, (done.get(key.id) ?? 0) + cost);
        model.offer({ key, cost, deadline: { kind: "per-part", partMs: 60_000 } }, { onDone });
      }
    }
    clock.runUntil(10_000);
    for (const [key, share] of Object.entries({ large: 0.25, small: 0.25, double: 0.5 })) {
      expect(done.get(key)! / 10_000).toBeCloseTo(share, 1);
    }
  });
});
