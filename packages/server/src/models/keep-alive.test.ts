import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../admission/fixtures/virtual-clock.ts";
import { KeepAlive } from "./keep-alive.ts";

const nothing = async (): Promise<void> => {};

let clock: VirtualClock;
let unloadedAtMs: number[];
let keepAlive: KeepAlive;

beforeEach(() => {
  clock = new VirtualClock();
  unloadedAtMs = [];
  keepAlive = create(1_000);
});
afterEach(() => keepAlive[Symbol.dispose]());

function create(defaultMs: number): KeepAlive {
  const created: KeepAlive = new KeepAlive({
    defaultMs,
    clock,
    onDue: () => {
      if (created.takeDue() !== undefined) unloadedAtMs.push(clock.nowMs());
    },
  });
  return created;
}

describe("KeepAlive", () => {
  it("calls when the time is over, with one timer however many requests there were", async () => {
    for (const atMs of [0, 300, 600, 900]) {
      clock.runUntil(atMs);
      await keepAlive.during(undefined, nothing);
      expect(clock.pendingEvents).toBe(1);
    }
    clock.runUntil(1_899);
    expect(unloadedAtMs).toEqual([]);
    expect(keepAlive.leftMs).toBe(1);
    clock.runUntil(5_000);
    expect(unloadedAtMs).toEqual([1_900]);
    expect(clock.pendingEvents).toBe(0);
  });

  it("calls at once for 0, when the work has ended, failed too", async () => {
    await keepAlive.during(undefined, nothing);
    const failing = keepAlive.during(0, async () => {
      expect(unloadedAtMs).toEqual([]);
      throw new Error("it failed");
    });
    await expect(failing).rejects.toThrow("it failed");
    expect(unloadedAtMs).toEqual([0]);
  });

  it("moves its timer forward where the new time is shorter", async () => {
    await keepAlive.during(60_000, nothing);
    await keepAlive.during(10, nothing);
    clock.runUntil(10);
    expect(unloadedAtMs).toEqual([10]);
  });

  it("sets no timer where models stay for ever, and none once it is closed", async () => {
    using forever = create(Number.POSITIVE_INFINITY);
    await forever.during(undefined, nothing);
    expect(clock.pendingEvents).toBe(0);
    await keepAlive.during(undefined, nothing);
    keepAlive[Symbol.dispose]();
    await keepAlive.during(undefined, nothing);
    expect(clock.pendingEvents).toBe(0);
  });

  it("lets a model alone that is in use when the timer fires", async () => {
    await keepAlive.during(undefined, nothing);
    await keepAlive.during(undefined, async () => clock.runUntil(1_500));
    expect(unloadedAtMs).toEqual([]);
    clock.runUntil(2_500);
    expect(unloadedAtMs).toEqual([2_500]);
  });
});
