import type { WorkerSlice } from "./arrival-sequence.ts";
import {
  segmentLengthMs,
  type ClosedLoopSchedule,
  type PacedSchedule,
  type ScheduleSegment,
} from "./schedule.ts";

/** A user who comes or goes, in milliseconds from the schedule's start. */
export type UserChange =
  | {
      readonly kind: "join";
      readonly atMs: number;
      readonly user: number;
      /** When the user's first turn is due. Later than `atMs` only where paced users who come together are spread. */
      readonly firstDueMs: number;
    }
  | { readonly kind: "leave"; readonly atMs: number; readonly user: number };

/**
 * Who comes and goes when, in order of time. The last user to come is the first to go. Paced users who come at the
 * same moment are spread evenly over one pace, since a crowd in step is a load that no crowd makes; those of a ramp are
 * spread by the ramp. Workers get users in turn: user u belongs to worker u modulo workers.
 */
export function* userChanges(
  schedule: ClosedLoopSchedule | PacedSchedule,
  slice: WorkerSlice = { worker: 0, workers: 1 },
): Generator<UserChange, void, undefined> {
  const everyMs = schedule.kind === "paced" ? schedule.pace.everyMs : 0;
  const mine = (user: number): boolean => user % slice.workers === slice.worker;
  let present = 0;
  let startMs = 0;
  for (const segment of schedule.segments) {
    if (segment.kind !== "users") continue;
    const together = segment.from - present;
    for (let place = 0; place < together; place += 1) {
      const user = present + place;
      const firstDueMs = startMs + (place * everyMs) / together;
      if (mine(user)) yield { kind: "join", atMs: startMs, user, firstDueMs };
    }
    for (let user = present - 1; user >= segment.from; user -= 1)
      if (mine(user)) yield { kind: "leave", atMs: startMs, user };
    for (const change of rampChanges(segment, startMs)) if (mine(change.user)) yield change;
    present = segment.to;
    startMs += segmentLengthMs(segment);
  }
  if (startMs === Infinity) return;
  for (let user = present - 1; user >= 0; user -= 1)
    if (mine(user)) yield { kind: "leave", atMs: startMs, user };
}

// A user is there while the level is at or above its number, counted from 1.
function* rampChanges(
  segment: Extract<ScheduleSegment, { kind: "users" }>,
  startMs: number,
): Generator<UserChange, void, undefined> {
  const { from, to, durationMs } = segment;
  if (durationMs === null || from === to) return;
  const timeOf = (level: number): number => startMs + (durationMs * (level - from)) / (to - from);
  for (let level = from + 1; level <= to; level += 1) {
    const atMs = timeOf(level);
    yield { kind: "join", atMs, user: level - 1, firstDueMs: atMs };
  }
  for (let level = from; level > to; level -= 1)
    yield { kind: "leave", atMs: timeOf(level), user: level - 1 };
}
