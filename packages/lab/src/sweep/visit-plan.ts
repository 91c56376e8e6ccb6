import { createPermutation, createRandom } from "@weir/stats";
import { usersOf, type SweepCase } from "./sweep-case.ts";

/** How often and how long each case is measured. */
export interface VisitBudget {
  /** Visits of each case, at different times. Whole number >= 1. */
  readonly repeats: number;
  /** Requests of a case over all its visits, at least. Whole number >= 1. */
  readonly leastRequests: number;
  /** At most; as many as fit in the time. Whole number >= leastRequests. */
  readonly mostRequests: number;
  /** Time of a case over all its visits that may be filled with more than the least. */
  readonly timeMs: number;
  /** When no further visit is begun, once every case was visited; null goes on whatever it takes. */
  readonly matrixMs: number | null;
}

/** One visit to come. */
export interface PlannedVisit {
  readonly case: SweepCase;
  /** From 0. */
  readonly repeat: number;
}

/**
 * All visits in the order to go: every case once, in a shuffled order, then every case once more in another. A machine
 * that gets slower while it is measured then slows all cases alike, and not those at the end.
 */
export function orderVisits(cases: readonly SweepCase[], repeats: number, seed: number): PlannedVisit[] {
  const random = createRandom(seed);
  return Array.from({ length: repeats }, (_, repeat) =>
    [...createPermutation(cases.length, random)].map((place) => ({ case: cases[place]!, repeat })),
  ).flat();
}

/** What is known of a case from its visits so far. */
export interface VisitsSoFar {
  readonly requests: number;
  readonly tookMs: number;
}

/**
 * How many requests a visit has: its share of the least, and where there is evidence of how long they take, as many
 * more as fit. Always a multiple of the users, two for each where there are several: a last round in which most users
 * have nothing to do would read as a slow server.
 */
export function countRequests(
  { case: swept, repeat }: PlannedVisit,
  { repeats, leastRequests, mostRequests, timeMs }: VisitBudget,
  before: VisitsSoFar,
): number {
  const users = usersOf(swept.settings);
  const share =
    Math.ceil((leastRequests * (repeat + 1)) / repeats) - Math.ceil((leastRequests * repeat) / repeats);
  const rounds = Math.max(Math.ceil(share / users), users === 1 ? 1 : 2);
  const left = repeats - repeat;
  const eachMs = before.requests === 0 ? Infinity : before.tookMs / before.requests;
  const fitting = (timeMs - before.tookMs) / left / eachMs;
  const allowed = (mostRequests - before.requests) / left;
  const more = Math.ceil(Math.min(fitting, allowed) / users);
  return Math.max(rounds, Number.isFinite(more) ? more : 0) * users;
}

/** Requests of settings that last about so long, two for each user at least, a multiple of the users. */
export function countForTime(users: number, before: VisitsSoFar, timeMs: number, most: number): number {
  const eachMs = before.requests === 0 ? Infinity : before.tookMs / before.requests;
  return Math.max(2, Math.floor(Math.min(most, timeMs / Math.max(eachMs, 0.01)) / users)) * users;
}
