import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdmissionCore } from "./admission-core.ts";
import { isRefusalCertain } from "./certain-refusal.ts";
import { jobClasses, type AdmissionJob, type Ticket } from "./job.ts";

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("offer" as const),
      job: fc.record({
        key: fc.constantFrom("a", "b", "c").map((id) => ({ id })),
        class: fc.constantFrom(...jobClasses),
        cost: fc.integer({ min: 0, max: 30 }),
        deadline: fc.integer({ min: 1, max: 400 }).map((ms) => ({ kind: "whole" as const, ms })),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("finish" as const, "cancel" as const), pick: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 200 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("slots" as const), slots: fc.integer({ min: 0, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("correct" as const),
      pick: fc.nat(),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

describe("whatever happens", () => {
  it("bounds hold, no job is lost, no slot idles while a job waits, and nothing is left behind", () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 150 }),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(0, 10, 100),
        (commands, maxJobs, slotCost) => {
          const maxCost = 60;
          const core = new AdmissionCore({ maxJobs, maxCost, slots: 2, slotCost, ageingMs: 300 });
          const waiting = new Set<Ticket>();
          const running = new Set<Ticket>();
          let nowMs = 0;
          let slots = 2;
          const offer = (job: AdmissionJob) => {
            const certain = isRefusalCertain(core.situation, job, nowMs);
            const answer = core.offer(job, nowMs);
            expect(certain && answer.kind !== "refused").toBe(false);
            if (answer.kind === "refused") {
              const { reason, retryAfterMs } = answer.refusal;
              if (reason !== "out-of-reach" && !(retryAfterMs! > 0))
                throw new Error("a refusal must say when to come back");
              return;
            }
            for (const { ticket } of answer.displaced) expect(waiting.delete(ticket)).toBe(true);
            waiting.add(answer.ticket);
          };
          const settle = () => {
            for (const { ticket, phase } of core.expire(nowMs)) {
              expect((phase === "waiting" ? waiting : running).has(ticket)).toBe(true);
              if (phase === "waiting") waiting.delete(ticket);
            }
            for (let ticket = core.next(nowMs); ticket !== undefined; ticket = core.next(nowMs)) {
              expect(waiting.delete(ticket)).toBe(true);
              running.add(ticket);
            }
          };
          const pick = (tickets: Iterable<Ticket>, index: number): Ticket | undefined => {
            const all = [...tickets];
            return all[index % all.length];
          };
          const finish = (ticket: Ticket | undefined) => {
            if (ticket !== undefined && running.delete(ticket)) core.finish(ticket, "completed", nowMs);
          };

          for (const step of commands) {
            const heldBefore = waiting.size;
            if (step.kind === "offer") offer(step.job);
            else if (step.kind === "finish") finish(pick(running, step.pick));
            else if (step.kind === "pass") nowMs += step.ms;
            else if (step.kind === "slots") core.setSlots((slots = step.slots));
            else {
              const ticket = pick([...waiting, ...running], step.pick);
              if (ticket !== undefined && step.kind === "cancel") {
                core.cancel(ticket);
                waiting.delete(ticket);
              } else if (ticket !== undefined && step.kind === "correct") {
                core.correctCost(ticket, ticket.cost * step.part);
              }
            }
            settle();
            const stats = core.stats(nowMs);
            expect(stats.waiting.jobs).toBe(waiting.size);
            expect(stats.runningJobs).toBe(running.size);
            expect(stats.waiting.cost).toBeCloseTo([...waiting].reduce((sum, { cost }) => sum + cost, 0));
            expect(waiting.size).toBeLessThanOrEqual(Math.max(maxJobs, heldBefore));
            // Only a job that is alone may cost more than the bound.
            expect(waiting.size <= 1 || stats.waiting.cost <= maxCost + 1e-6).toBe(true);
            expect(waiting.size > 0 && stats.slotsInUse < slots).toBe(false);
          }
          core.setSlots(2);
          for (settle(); running.size > 0; settle()) {
            nowMs += 10;
            finish(pick(running, 0));
          }
          expect(core.jobsHeld).toBe(0);
          expect(core.stats(nowMs).slotsInUse).toBe(0);
          core.expire(nowMs + 10_000_000);
          expect(core.stats(nowMs).keys).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
