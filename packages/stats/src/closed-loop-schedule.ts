import { contentHash } from "./content-hash.ts";
import { createPermutation, createRandom } from "./random.ts";

/**
 * N users who each send, wait for the answer, and send again. A request is due when the one before it has ended, so
 * the server's speed decides the rate.
 */
export interface ClosedLoopSchedule {
  readonly kind: "closed-loop";
  /** Whole number >= 1. */
  readonly users: number;
  /** Whole number >= 0. Decides which request each user begins with. */
  readonly seed: number;
  /** The same for the same kind, users and seed, on every machine. */
  readonly hash: string;
}

/** Throws a RangeError where users or seed is not a whole number in range. */
export function createClosedLoopSchedule(options: {
  readonly users: number;
  readonly seed: number;
}): ClosedLoopSchedule {
  const { users, seed } = options;
  if (!Number.isSafeInteger(users) || users < 1)
    throw new RangeError(`users must be a whole number from 1 on, got ${users}`);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed must be a whole number from 0 on, got ${seed}`);
  return { kind: "closed-loop", users, seed, hash: contentHash(`closed-loop/1 users=${users} seed=${seed}`) };
}

/**
 * The order in which users go through `length` different requests: user u begins at place
 * `floor(u * length / users)` of this order and goes round, so that users do not send the same text side by side.
 */
export function requestOrder(schedule: ClosedLoopSchedule, length: number): Uint32Array {
  return createPermutation(length, createRandom(schedule.seed));
}
