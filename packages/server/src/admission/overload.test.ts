import { describe, expect, it } from "vitest";
import type { JobClass } from "./job.ts";
import { createRandom } from "./fixtures/random.ts";
import { SimulatedModel } from "./fixtures/simulated-model.ts";
import { VirtualClock } from "./fixtures/virtual-clock.ts";

describe("10 times as much as the model can do, in an open loop", () => {
  const deadlineMs = 1_000;
  const serviceMs = 20;

  function overload(seconds: number, classes: readonly JobClass[]) {
    const clock = new VirtualClock();
    const random = createRandom(7);
    const model = new SimulatedModel(clock, { slots: 2 }, () => serviceMs * (0.5 + random()));
    const outcome = { done: 0, late: 0, refused: 0, mostReserved: 0, reasons: new Set<string>() };
    // How much of the capacity the higher classes take has to be measured first.
    const count = (what: "done" | "late") => clock.nowMs() > 5_000 && outcome[what]++;
    const perSecond = (10 * 2 * 1_000) / serviceMs;
    for (let atMs = 0; atMs < seconds * 1_000; atMs += (-Math.log(1 - random()) * 1_000) / perSecond) {
      clock.runUntil(atMs);
      const index = Math.floor(random() * 12);
      const offer = model.offer(
        {
          key: { id: `key ${index % 4}` },
          class: classes[index % classes.length]!,
          cost: 1,
          deadline: { kind: "whole", ms: deadlineMs },
        },
        { onDone: () => count("done"), onLate: () => count("late") },
      );
      const { open } = model.core.stats(atMs).reservations;
      outcome.mostReserved = Math.max(outcome.mostReserved, open);
      if (offer.kind === "admitted") continue;
      outcome.refused++;
      outcome.reasons.add(offer.refusal.reason);
      expect(offer.refusal.retryAfterMs).toBeGreaterThan(0);
    }
    return { clock, model, outcome };
  }

  it.each<[string, JobClass[]]>([
    ["one class", ["normal"]],
    ["all classes", ["interactive", "normal", "batch"]],
  ])("of %s: 99 % of the admitted are in time, and no capacity is lost", (_, classes) => {
    const { model, outcome } = overload(60, classes);
    expect(outcome.late / (outcome.done + outcome.late)).toBeLessThan(0.01);
    expect(model.busyMs / (60_000 * 2)).toBeGreaterThan(0.95);
    expect(outcome.refused).toBeGreaterThan(50_000);
    // Memory: a fixed number of promises, however many are refused.
    expect(outcome.mostReserved).toBeLessThanOrEqual(4 * 256);
  });

  it("is back to normal within 2 s of the load's end", () => {
    const { clock, model } = overload(20, ["normal"]);
    clock.runUntil(22_000);
    let waitedMs: number | undefined;
    const offer = model.offer({ key: { id: "key 0" }, cost: 1 }, { onStart: (ms) => (waitedMs = ms) });
    expect(offer.kind).toBe("admitted");
    expect(waitedMs).toBe(0);
    clock.runUntil(40_000);
    const stats = model.core.stats(40_000);
    expect(stats).toMatchObject({ runningJobs: 0, waiting: { jobs: 0, cost: 0 } });
    model.core.expire(400_000);
    expect(model.core.stats(400_000)).toMatchObject({ keys: [], reservations: { open: 0 } });
  });
});
