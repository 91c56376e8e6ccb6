import { expect, test } from "vitest";
import { createThreadGovernor, type ThreadGovernor } from "./thread-governor.ts";

/** Batches of 30 ms for so long, in which `free` cores are there for the threads. Returns the time afterwards. */
function compute(governor: ThreadGovernor, free: number, fromMs: number, forMs: number): number {
  let nowMs = fromMs;
  for (; nowMs < fromMs + forMs; nowMs += 30)
    governor.note({ wallMs: 30, cpuMs: 30 * Math.min(free, governor.threads) }, nowMs);
  return nowMs;
}

test("all threads compute where the cores are theirs", () => {
  const governor = createThreadGovernor(4);
  compute(governor, 3.9, 0, 10_000);
  expect(governor.threads).toBe(4);
});

test("the first slow batch is enough to begin with as many threads as there are free cores", () => {
  const governor = createThreadGovernor(8);
  expect(governor.note({ wallMs: 600, cpuMs: 5 * 600 }, 0)).toBe(true);
  expect(governor.threads).toBe(5);
});

test("one thread is always left", () => {
  const governor = createThreadGovernor(2);
  compute(governor, 0.1, 0, 5_000);
  expect(governor.threads).toBe(1);
});

test("it begins with as many as it is told, and takes more after a while where there are cores", () => {
  const governor = createThreadGovernor(4, 1);
  expect(governor.threads).toBe(1);
  const laterMs = compute(governor, 4, 0, 1_000);
  expect(governor.threads).toBe(1);
  compute(governor, 4, laterMs, 10_000);
  expect(governor.threads).toBe(4);
});

test("one that comes later is noticed within a window, and its end within the first pause", () => {
  const governor = createThreadGovernor(2);
  const comesMs = compute(governor, 2, 0, 5_000);
  const thereMs = compute(governor, 1.33, comesMs, 300);
  expect(governor.threads).toBe(1);
  compute(governor, 2, thereMs, 2_500);
  expect(governor.threads).toBe(2);
});

test("trials become rare where somebody stays", () => {
  const governor = createThreadGovernor(2);
  let trials = 0;
  for (let nowMs = 0; nowMs < 300_000; nowMs += 30) {
    const changed = governor.note({ wallMs: 30, cpuMs: 30 * Math.min(1.3, governor.threads) }, nowMs);
    if (changed && governor.threads === 2) trials += 1;
  }
  expect(trials).toBeGreaterThan(3);
  expect(trials).toBeLessThan(12);
});

test("batches that are too short to be measured are taken together", () => {
  const governor = createThreadGovernor(2);
  for (let index = 0; index < 10; index += 1) governor.note({ wallMs: 1, cpuMs: 0 }, index);
  expect(governor.threads).toBe(2);
});
