import { createRandom } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { DeadlineHeap } from "./deadline-heap.ts";
import { PreciseTimer } from "./precise-timer.ts";
import { shiftPastStall } from "./stall-shift.ts";

describe("DeadlineHeap", () => {
  it("gives the earliest first, and what is due together in the order it came", () => {
    const random = createRandom(3);
    const heap = new DeadlineHeap();
    const added = Array.from({ length: 500 }, (_, order) => ({
      dueMs: Math.floor(random() * 50),
      order,
      fire: () => {},
    }));
    for (const deadline of added) heap.add(deadline);
    const taken = Array.from({ length: 500 }, () => heap.take());
    expect(taken).toEqual(added.toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order));
    expect(heap.take()).toBeUndefined();
    expect(heap.earliestMs).toBe(Infinity);
  });
});

describe.each([true, false])("PreciseTimer, spin: %s", (spin) => {
  it("never fires early, keeps the order, and takes deadlines that are added while it fires", async () => {
    using timer = new PreciseTimer(spin);
    const fired: string[] = [];
    const startedMs = performance.now();
    await new Promise<void>((resolve) => {
      const add = (name: string, afterMs: number, then: () => void = () => {}): void => {
        const dueMs = startedMs + afterMs;
        timer.add({
          dueMs,
          fire: () => {
            expect(performance.now()).toBeGreaterThanOrEqual(dueMs);
            fired.push(name);
            then();
          },
        });
      };
      add("last", 12, resolve);
      add("first", 3, () => add("second", 4));
      add("third", 6);
    });
    expect(fired).toEqual(["first", "second", "third", "last"]);
  });
});

describe("shiftPastStall", () => {
  it("moves what falls into a stall to its end, from the second period on", () => {
    const stall = { kind: "periodic", forMs: 1000, everyMs: 10_000 } as const;
    const at = (dueMs: number): number => shiftPastStall(dueMs, stall);
    expect([0, 500, 9999, 10_000, 10_400, 11_000, 11_001, 20_999].map(at)).toEqual([
      0, 500, 9999, 11_000, 11_000, 11_000, 11_001, 21_000,
    ]);
    expect(shiftPastStall(10_400, undefined)).toBe(10_400);
  });
});
