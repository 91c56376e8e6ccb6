import { createPermutation, createRandom } from "./random.ts";
import { createSchedule, type ClosedLoopSchedule } from "./schedule.ts";

/**
 * The plainest schedule: the same number of users from beginning to end. Throws a RangeError where users or seed is
 * not a whole number in range.
 */
export function createClosedLoopSchedule(options: {
  /** Whole number >= 1. */
  readonly users: number;
  /** Whole number >= 0. Decides which request each user begins with. */
  readonly seed: number;
}): ClosedLoopSchedule {
  const { users, seed } = options;
  const schedule = createSchedule({
    seed,
    segments: [{ kind: "users", from: users, to: users, durationMs: null }],
  });
  return schedule as ClosedLoopSchedule;
}

/**
 * The order in which users go through `length` different requests: user u begins at place
 * `floor(u * length / users)` of this order and goes round, so that users do not send the same text side by side.
 */
export function requestOrder(schedule: { readonly seed: number }, length: number): Uint32Array {
  return createPermutation(length, createRandom(schedule.seed));
}
