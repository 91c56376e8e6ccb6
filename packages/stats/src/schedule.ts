import { checkShape, type ArrivalProcess } from "./arrival-process.ts";
import { contentHash } from "./content-hash.ts";
import type { Pace } from "./pace.ts";

/** A stretch of a schedule. Levels go in a straight line from the first to the second; equal ones hold. */
export type ScheduleSegment =
  /** Users who are there. Between two whole numbers it is the lower one. */
  | {
      readonly kind: "users";
      readonly from: number;
      readonly to: number;
      /** Null: as long as the run goes; only in the last segment, and only for a level that holds. */
      readonly durationMs: number | null;
    }
  /** Requests that come due whoever waits. */
  | {
      readonly kind: "rate";
      readonly fromPerSecond: number;
      readonly toPerSecond: number;
      /** As of users. */
      readonly durationMs: number | null;
      readonly arrivals: ArrivalProcess;
    }
  /** Requests at these times, in milliseconds from the segment's beginning, in order. Ends with the last of them. */
  | { readonly kind: "replay"; readonly dueMs: readonly number[] };

interface ScheduleParts {
  /** Whole number >= 0. Decides every random draw, and the order of what is sent. */
  readonly seed: number;
  readonly segments: readonly ScheduleSegment[];
  /**
   * 16 hexadecimal digits, the same for the same schedule on every machine. It chains: the hash after a segment is the
   * hash of the hash before it and the segment, so a schedule that was extended can be told from what it was.
   */
  readonly hash: string;
}

/**
 * N users who each send, wait for the answer, and send again. A request is due when the one before it has ended, so
 * the server's speed decides the rate.
 */
export interface ClosedLoopSchedule extends ScheduleParts {
  readonly kind: "closed-loop";
  /** Most users at once. */
  readonly users: number;
}

/** N users who each begin a turn every so often. */
export interface PacedSchedule extends ScheduleParts {
  readonly kind: "paced";
  /** Most users at once. */
  readonly users: number;
  readonly pace: Pace;
}

/** Requests that come due at a rate or at given times, whether or not the ones before have been answered. */
export interface OpenLoopSchedule extends ScheduleParts {
  readonly kind: "open-loop";
  /** There are none. */
  readonly users: 0;
}

/** When load is offered. Plain JSON; all of it is decided by these values. */
export type Schedule = ClosedLoopSchedule | PacedSchedule | OpenLoopSchedule;

export interface ScheduleOptions {
  readonly seed: number;
  /** At least one; either all of users or none. */
  readonly segments: readonly ScheduleSegment[];
  /** Only with users. */
  readonly pace?: Pace | undefined;
}

/** Throws a RangeError where the parts do not make a schedule. */
export function createSchedule({ seed, segments, pace }: ScheduleOptions): Schedule {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed must be a whole number from 0 on, got ${seed}`);
  const ofUsers = segments[0]?.kind === "users";
  checkSegments(segments, ofUsers);
  const plain = plainUsers(segments);
  if (plain !== undefined && pace === undefined)
    return {
      kind: "closed-loop",
      users: plain,
      seed,
      segments,
      hash: contentHash(`closed-loop/1 users=${plain} seed=${seed}`),
    };
  if (!ofUsers) {
    if (pace !== undefined) throw new RangeError("a pace is something of users; a rate has none");
    return {
      kind: "open-loop",
      users: 0,
      seed,
      segments,
      hash: chain(contentHash(`open-loop/1 seed=${seed}`), segments),
    };
  }
  const users = mostUsers(segments);
  if (pace === undefined) {
    const hash = chain(contentHash(`closed-loop/2 seed=${seed}`), segments);
    return { kind: "closed-loop", users, seed, segments, hash };
  }
  if (!(pace.everyMs > 0 && Number.isFinite(pace.everyMs)))
    throw new RangeError(`the pace must be above 0 ms, got ${pace.everyMs}`);
  const head = contentHash(`paced/1 every=${pace.everyMs} overrun=${pace.overrun} seed=${seed}`);
  return { kind: "paced", users, seed, pace, segments, hash: chain(head, segments) };
}

/**
 * The schedule with one more segment at its end. Its hash is that of the old hash and the new segment; everything due
 * before stays as it was. Throws a RangeError where the last segment has no end.
 */
export function appendSegment(schedule: Schedule, segment: ScheduleSegment): Schedule {
  const segments = [...schedule.segments, segment];
  checkSegments(segments, schedule.kind !== "open-loop");
  const hash = chain(schedule.hash, [segment]);
  return schedule.kind === "open-loop"
    ? { ...schedule, segments, hash }
    : { ...schedule, segments, hash, users: mostUsers(segments) };
}

/** Milliseconds from a schedule's start to its end; Infinity where it goes on as long as the run. */
export function scheduleLengthMs(schedule: Schedule): number {
  return schedule.segments.reduce((sum, segment) => sum + segmentLengthMs(segment), 0);
}

export function segmentLengthMs(segment: ScheduleSegment): number {
  if (segment.kind === "replay") return segment.dueMs.at(-1) ?? 0;
  return segment.durationMs ?? Infinity;
}

function chain(head: string, segments: readonly ScheduleSegment[]): string {
  return segments.reduce((hash, segment) => contentHash(`${hash} ${encodeSegment(segment)}`), head);
}

// Spelled out, so that the order of an object's keys cannot change a hash.
function encodeSegment(segment: ScheduleSegment): string {
  switch (segment.kind) {
    case "users":
      return `users ${segment.from}..${segment.to}/${segment.durationMs}`;
    case "rate": {
      const { arrivals } = segment;
      const process = arrivals.kind === "gamma" ? `gamma:${arrivals.shape}` : arrivals.kind;
      return `rate ${segment.fromPerSecond}..${segment.toPerSecond}/${segment.durationMs} ${process}`;
    }
    case "replay":
      return `replay ${segment.dueMs.join(",")}`;
  }
}

function plainUsers(segments: readonly ScheduleSegment[]): number | undefined {
  const [only] = segments;
  return segments.length === 1 && only?.kind === "users" && only.durationMs === null ? only.from : undefined;
}

function mostUsers(segments: readonly ScheduleSegment[]): number {
  return segments.reduce(
    (most, segment) => (segment.kind === "users" ? Math.max(most, segment.from, segment.to) : most),
    0,
  );
}

function checkSegments(segments: readonly ScheduleSegment[], ofUsers: boolean): void {
  if (segments.length === 0) throw new RangeError("a schedule must have at least one segment, got none");
  for (const [index, segment] of segments.entries()) {
    if ((segment.kind === "users") !== ofUsers)
      throw new RangeError("a schedule is either of users or of arrivals: its segments must not mix the two");
    checkSegment(segment);
    if (index + 1 < segments.length && segmentLengthMs(segment) === Infinity)
      throw new RangeError("only the last segment of a schedule may be without a duration");
  }
  if (ofUsers && mostUsers(segments) < 1)
    throw new RangeError("users must be a whole number from 1 on, got 0");
}

function checkSegment(segment: ScheduleSegment): void {
  if (segment.kind === "replay") {
    let before = 0;
    if (segment.dueMs.length === 0) throw new RangeError("a replay must have at least one time, got none");
    for (const dueMs of segment.dueMs) {
      if (!(dueMs >= before && Number.isFinite(dueMs)))
        throw new RangeError(
          `the times of a replay must be in order from 0 ms on, got ${dueMs} after ${before}`,
        );
      before = dueMs;
    }
    return;
  }
  const [from, to] =
    segment.kind === "users" ? [segment.from, segment.to] : [segment.fromPerSecond, segment.toPerSecond];
  for (const level of [from, to]) {
    if (segment.kind === "users" && !(Number.isSafeInteger(level) && level >= 0))
      throw new RangeError(`users must be a whole number from 1 on, got ${level}`);
    if (!(level >= 0 && Number.isFinite(level)))
      throw new RangeError(`a rate must be 0 requests per second or more, got ${level}`);
  }
  if (segment.durationMs === null) {
    if (from !== to) throw new RangeError("a segment whose level changes must have a duration");
  } else if (!(segment.durationMs > 0 && Number.isFinite(segment.durationMs)))
    throw new RangeError(`a segment must last longer than 0 ms, got ${segment.durationMs}`);
  if (segment.kind === "rate" && segment.arrivals.kind === "gamma") checkShape(segment.arrivals.shape);
}
