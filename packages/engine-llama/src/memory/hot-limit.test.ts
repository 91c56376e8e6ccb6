import { describe, expect, it } from "vitest";
import { chooseHotLimit } from "./hot-limit.ts";

const idle = {
  sequences: 8,
  kvBytes: 800,
  ramBytes: undefined,
  totalBytes: 1_000,
  availableBytes: 500,
  current: 8,
};

describe("how many sequences hold conversations", () => {
  it("is all of them, or what the budget has room for, and one at least", () => {
    expect(chooseHotLimit(idle)).toBe(8);
    expect(chooseHotLimit({ ...idle, ramBytes: 350 })).toBe(3);
    expect(chooseHotLimit({ ...idle, ramBytes: 1 })).toBe(1);
    expect(chooseHotLimit({ ...idle, ramBytes: 10_000 })).toBe(8);
  });

  it("shrinks while memory is short, stays, and recovers", () => {
    let current = 8;
    const look = (availableBytes: number) => (current = chooseHotLimit({ ...idle, availableBytes, current }));
    expect([look(40), look(40), look(60), look(99)]).toEqual([7, 6, 6, 6]);
    expect([look(101), look(500), look(500)]).toEqual([7, 8, 8]);
    for (let looks = 0; looks < 20; looks++) look(0);
    expect(current).toBe(1);
  });
});
