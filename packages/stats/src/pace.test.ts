import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextDueMs, slotsBetween, type Overrun } from "./pace.ts";

/** The turns of one user whose requests take these times, each beginning when it is due or when the user is free. */
function turnsOf(
  overrun: Overrun,
  everyMs: number,
  takenMs: readonly number[],
): { due: number[]; begun: number[] } {
  const due = [0];
  const begun: number[] = [];
  let freeMs = 0;
  for (const taken of takenMs) {
    const dueMs = due.at(-1)!;
    const beginMs = Math.max(dueMs, freeMs);
    begun.push(beginMs);
    freeMs = beginMs + taken;
    due.push(nextDueMs({ everyMs, overrun }, { firstDueMs: 0, dueMs, endMs: freeMs }));
  }
  return { due: due.slice(0, -1), begun };
}

const times = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 60 });
const everyMs = 1000;

describe("nextDueMs", () => {
  it("waits as the examples say", () => {
    expect(turnsOf("slip", 20_000, [3000, 3000, 25_000, 1000, 1000]).due).toEqual([
      0, 20_000, 40_000, 65_000, 85_000,
    ]);
    expect(turnsOf("skip", 20_000, [3000, 45_000, 20_000, 1]).due).toEqual([0, 20_000, 80_000, 100_000]);
    expect(turnsOf("queue", 20_000, [50_000, 1000, 1000, 1000])).toEqual({
      due: [0, 20_000, 40_000, 60_000],
      begun: [0, 50_000, 51_000, 60_000],
    });
  });

  it("keeps to the grid while no turn overruns, whatever the policy", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: everyMs })), (taken) => {
        for (const overrun of ["skip", "slip", "queue"] as const)
          expect(turnsOf(overrun, everyMs, taken).due).toEqual(taken.map((_, turn) => turn * everyMs));
      }),
    );
  });

  it("skip: every turn is on the grid, begins when it is due, and is the first slot that is free", () => {
    fc.assert(
      fc.property(times, (taken) => {
        const { due, begun } = turnsOf("skip", everyMs, taken);
        expect(begun).toEqual(due);
        for (const dueMs of due) expect(dueMs % everyMs).toBe(0);
        for (let turn = 1; turn < due.length; turn += 1) {
          const freeMs = due[turn - 1]! + taken[turn - 1]!;
          expect(due[turn]).toBeGreaterThanOrEqual(freeMs);
          // A turn that takes no time does not begin twice in its slot.
          expect(due[turn]! - freeMs).toBeLessThan(everyMs + (taken[turn - 1] === 0 ? 1 : 0));
        }
      }),
    );
  });

  it("slip: gaps are max(pace, taken), and no turn is late", () => {
    fc.assert(
      fc.property(times, (taken) => {
        const { due, begun } = turnsOf("slip", everyMs, taken);
        expect(begun).toEqual(due);
        for (let turn = 1; turn < due.length; turn += 1)
          expect(due[turn]! - due[turn - 1]!).toBe(Math.max(everyMs, taken[turn - 1]!));
      }),
    );
  });

  it("queue: the n-th turn is due in the n-th slot, and begins then or when the one before has ended", () => {
    fc.assert(
      fc.property(times, (taken) => {
        const { due, begun } = turnsOf("queue", everyMs, taken);
        expect(due).toEqual(taken.map((_, turn) => turn * everyMs));
        for (let turn = 1; turn < due.length; turn += 1)
          expect(begun[turn]).toBe(Math.max(due[turn]!, begun[turn - 1]! + taken[turn - 1]!));
      }),
    );
  });

  it("does not drift from a grid that doubles cannot hold exactly", () => {
    const pace = { everyMs: 0.1, overrun: "queue" } as const;
    let dueMs = 7;
    for (let turn = 0; turn < 100_000; turn += 1)
      dueMs = nextDueMs(pace, { firstDueMs: 7, dueMs, endMs: dueMs });
    expect(dueMs).toBe(7 + 100_000 * 0.1);
  });
});

describe("slotsBetween", () => {
  it("counts the slots of a grid in a window, its end excluded", () => {
    expect(slotsBetween(250, 1000, 0, 250)).toBe(0);
    expect(slotsBetween(250, 1000, 0, 251)).toBe(1);
    expect(slotsBetween(250, 1000, 250, 2250)).toBe(2);
    expect(slotsBetween(250, 1000, 251, 5000)).toBe(4);
    expect(slotsBetween(250, 1000, 900, 100)).toBe(0);
  });

  it("adds up over windows", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), fc.nat(5000), (first, a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const parts = slotsBetween(first, 700, 0, from) + slotsBetween(first, 700, from, to);
        expect(parts).toBe(slotsBetween(first, 700, 0, to));
      }),
    );
  });
});
