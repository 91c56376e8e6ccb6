import { contentHash, type Schedule, type ScheduleSegment } from "@weir/stats";
import { formatCount, formatDuration, formatNumber } from "./format-number.ts";
import type { RecordedSchedule } from "./run-record.ts";

/** The part of a schedule that a run got to. */
export interface ReachedPart {
  /** Milliseconds from the schedule's start. */
  readonly fromMs: number;
  readonly toMs: number;
  /** No more users than this came. */
  readonly mostUsers?: number | undefined;
}

/**
 * The load of a schedule in a few words: `4 users`, `10 to 100 users, a turn every 20 s (slip)`, `50 requests/s`; of a
 * part of it with the levels that it had there.
 */
export function describeSchedule(
  schedule: Schedule,
  part: ReachedPart = { fromMs: 0, toMs: Infinity },
): string {
  const [first] = schedule.segments;
  const segments = cutSegments(schedule.segments, part);
  if (schedule.kind === "open-loop") {
    if (first?.kind === "rate") {
      const { arrivals } = first;
      const process = arrivals.kind === "gamma" ? `gamma ${arrivals.shape}` : arrivals.kind;
      return `${describeLevels(segments, formatRate)} requests/s (${process})`;
    }
    const requests = schedule.segments.reduce((sum, segment) => sum + timesOf(segment).length, 0);
    return `${formatCount(requests, "request")} replayed`;
  }
  const [level = 0, ...others] = segments.flatMap(levelsOf);
  const users = others.every((other) => other === level)
    ? formatCount(level, "user")
    : `${describeLevels(segments, (users) => users.toLocaleString("en-US"))} users`;
  if (schedule.kind === "closed-loop") return users;
  return `${users}, a turn every ${formatDuration(schedule.pace.everyMs)} (${schedule.pace.overrun})`;
}

/** A schedule as run.json keeps it: times that are replayed are described, not repeated. */
export function toRecordedSchedule(
  schedule: Schedule,
  appendedAtMs: readonly number[] = [],
): RecordedSchedule {
  const { kind, users, seed, hash } = schedule;
  return {
    kind,
    users,
    seed,
    hash,
    pace: schedule.kind === "paced" ? schedule.pace : null,
    appendedAtMs,
    segments: schedule.segments.map((segment) =>
      segment.kind === "replay"
        ? {
            kind: segment.kind,
            requests: segment.dueMs.length,
            durationMs: segment.dueMs.at(-1) ?? 0,
            timesHash: contentHash(segment.dueMs.join(",")),
          }
        : segment,
    ),
  };
}

// What of each segment lies in the part; a moment of it is enough, none at all is left out.
function cutSegments(
  segments: readonly ScheduleSegment[],
  { fromMs, toMs, mostUsers = Infinity }: ReachedPart,
): readonly ScheduleSegment[] {
  let startMs = 0;
  const cut: ScheduleSegment[] = [];
  for (const segment of segments) {
    const lengthMs =
      segment.kind === "replay" ? (segment.dueMs.at(-1) ?? 0) : (segment.durationMs ?? Infinity);
    const endMs = startMs + lengthMs;
    // The first and the last segment stand for what was before and after them.
    const reached = startMs < toMs && (endMs > fromMs || segment === segments.at(-1));
    const at = (level: number, other: number, atMs: number): number =>
      level === other
        ? level
        : level + (other - level) * Math.min(1, Math.max(0, (atMs - startMs) / lengthMs));
    if (reached && segment.kind === "users") {
      const level = (atMs: number): number =>
        Math.min(mostUsers, Math.floor(at(segment.from, segment.to, atMs) + 1e-9));
      cut.push({ ...segment, from: level(fromMs), to: level(toMs) });
    } else if (reached && segment.kind === "rate") {
      const level = (atMs: number): number => at(segment.fromPerSecond, segment.toPerSecond, atMs);
      cut.push({ ...segment, fromPerSecond: level(fromMs), toPerSecond: level(toMs) });
    }
    startMs = endMs;
  }
  return cut;
}

function describeLevels(segments: readonly ScheduleSegment[], format: (level: number) => string): string {
  const levels = segments.flatMap(levelsOf);
  return levels
    .filter((level, index) => level !== levels[index - 1])
    .map(format)
    .join(" to ");
}

// A rate that was asked for, as it was asked for: 10 and not 10.0.
function formatRate(perSecond: number): string {
  return Number.isInteger(perSecond) ? perSecond.toLocaleString("en-US") : formatNumber(perSecond);
}

function levelsOf(segment: ScheduleSegment): readonly number[] {
  switch (segment.kind) {
    case "users":
      return [segment.from, segment.to];
    case "rate":
      return [segment.fromPerSecond, segment.toPerSecond];
    case "replay":
      return [];
  }
}

function timesOf(segment: ScheduleSegment): readonly number[] {
  return segment.kind === "replay" ? segment.dueMs : [];
}
