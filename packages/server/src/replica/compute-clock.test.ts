import { describe, expect, it } from "vitest";
import { createComputeClock } from "./compute-clock.ts";

describe("createComputeClock", () => {
  it("counts from when the engine came to a batch, not from when the batch was handed over", () => {
    const clock = createComputeClock();
    expect(clock.read(5)).toEqual({ busyMs: 0, expectedMs: undefined });
    clock.add(100, 10);
    clock.add(50, 20);
    expect(clock.read(30)).toEqual({ busyMs: 20, expectedMs: undefined });
    clock.finish(60, 50);
    expect(clock.read(65)).toEqual({ busyMs: 5, expectedMs: 25 });
    clock.finish(80, 20);
    expect(clock.read(1_000)).toEqual({ busyMs: 0, expectedMs: undefined });
  });

  it("expects in proportion to the tokens, and learns nothing from a batch that failed", () => {
    const clock = createComputeClock();
    clock.add(10, 0);
    clock.finish(20, 20);
    clock.add(10, 20);
    clock.finish(21);
    clock.add(1_000, 30);
    expect(clock.read(31)).toEqual({ busyMs: 1, expectedMs: 2_000 });
  });
});
