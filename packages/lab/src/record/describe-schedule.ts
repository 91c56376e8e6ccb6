import { contentHash, type Schedule, type ScheduleSegment } from "@weir/stats";
import { formatCount, formatDuration, formatNumber } from "./format-number.ts";
import type { RecordedSchedule } from "./run-record.ts";

/** The load of a schedule in a few words: `4 users`, `10 to 100 users, a turn every 20 s (slip)`, `50 requests/s`. */
export function describeSchedule(schedule: Schedule): string {
  const { segments } = schedule;
  const [first] = segments;
  if (schedule.kind === "open-loop") {
    if (first?.kind === "rate") {
      const { arrivals } = first;
      const process = arrivals.kind === "gamma" ? `gamma ${arrivals.shape}` : arrivals.kind;
      return `${describeLevels(segments, formatNumber)} requests/s (${process})`;
    }
    const requests = segments.reduce((sum, segment) => sum + timesOf(segment).length, 0);
    return `${formatCount(requests, "request")} replayed`;
  }
  const steady = segments.every((segment) => levelsOf(segment).every((level) => level === schedule.users));
  const users = steady
    ? formatCount(schedule.users, "user")
    : `${describeLevels(segments, (level) => level.toLocaleString("en-US"))} users`;
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

function describeLevels(segments: readonly ScheduleSegment[], format: (level: number) => string): string {
  const levels = segments.flatMap(levelsOf);
  return levels
    .filter((level, index) => level !== levels[index - 1])
    .map(format)
    .join(" to ");
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
