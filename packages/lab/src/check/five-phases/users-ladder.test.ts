import { expect, it } from "vitest";
import { nextStep, type UsersProbe } from "./users-ladder.ts";

/** What is tried on a server that takes so many users, and what comes of it. */
function climb(
  capacity: number,
  most = 64,
): readonly [tried: number[], lastPass: number | null, firstFail: number | null] {
  const probes: UsersProbe[] = [];
  for (;;) {
    const step = nextStep(probes, { most, within: 0.25 });
    if (step.kind === "found") return [probes.map(({ users }) => users), step.lastPass, step.firstFail];
    probes.push({ users: step.users, kept: step.users <= capacity });
  }
}

it("doubles, then halves what is left", () => {
  expect(climb(11)).toEqual([[1, 2, 4, 8, 16, 12, 10], 10, 12]);
  expect(climb(1)).toEqual([[1, 2], 1, 2]);
  expect(climb(0)).toEqual([[1], null, 1]);
});

it("ends at the most that may be tried", () => {
  expect(climb(1000, 24)).toEqual([[1, 2, 4, 8, 16, 24], 24, null]);
});

it("finds every capacity within a quarter", () => {
  for (let capacity = 1; capacity < 500; capacity++) {
    const [tried, lastPass, firstFail] = climb(capacity, 1024);
    expect(lastPass).toBeLessThanOrEqual(capacity);
    expect(firstFail).toBeGreaterThan(capacity);
    expect(firstFail! - lastPass!).toBeLessThanOrEqual(Math.max(1, lastPass! / 4));
    expect(tried.length).toBeLessThanOrEqual(2 * Math.log2(capacity) + 6);
  }
});
