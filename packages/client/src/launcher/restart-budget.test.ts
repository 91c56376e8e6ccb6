import { expect, it } from "vitest";
import { nextRestartDelayMs } from "./restart-budget.ts";

const budget = { most: 3, withinMs: 1_000 };

it("doubles the delay until the budget is used up, and forgets what is long ago", () => {
  expect(nextRestartDelayMs(budget, [], 5_000)).toBe(100);
  expect(nextRestartDelayMs(budget, [4_500], 5_000)).toBe(200);
  expect(nextRestartDelayMs(budget, [4_500, 4_600], 5_000)).toBe(400);
  expect(nextRestartDelayMs(budget, [4_500, 4_600, 4_900], 5_000)).toBeUndefined();
  expect(nextRestartDelayMs(budget, [4_000, 4_600, 4_900], 5_000)).toBe(400);
});

it("never waits longer than five seconds, and never restarts with a budget of none", () => {
  const restarts = Array.from({ length: 20 }, () => 5_000);
  expect(nextRestartDelayMs({ most: 100, withinMs: 1_000 }, restarts, 5_000)).toBe(5_000);
  expect(nextRestartDelayMs({ most: 0, withinMs: 1_000 }, [], 5_000)).toBeUndefined();
});
