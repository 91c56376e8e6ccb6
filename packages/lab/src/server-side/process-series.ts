import type { RecordedProcess } from "./server-record.ts";
import type { TreeReading } from "./tree-totals.ts";

/** One second of a server's processes, of the same second as the slice with this `startMs`. */
export interface ProcessRow {
  readonly startMs: number;
  /** Processors in use: 1 is all of one. */
  readonly cpuCores: number;
  readonly rssBytes: number;
  readonly threads: number;
  readonly openFiles: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWrittenBytes: number | null;
  readonly processes: number;
}

/** When something was, in milliseconds from the run's start. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Cuts readings, which come about once a second, into the seconds of the run: what is counted is divided between two
 * seconds by time, what is a level is the last one seen in the second. Empty for fewer than two readings.
 */
export function toProcessRows(
  readings: readonly TreeReading[],
  endMs: number,
  sliceMs: number,
): ProcessRow[] {
  const rows: ProcessRow[] = [];
  const last = readings.at(-1);
  if (readings.length < 2 || last === undefined) return rows;
  for (let startMs = 0; startMs < Math.min(endMs, last.atMs); startMs += sliceMs) {
    const until = Math.min(startMs + sliceMs, endMs, last.atMs);
    const level = levelAt(readings, until);
    const counted = (read: (reading: TreeReading) => number | null): number | null =>
      countBetween(readings, startMs, until, read);
    rows.push({
      startMs,
      cpuCores: round((counted(({ cpuMs }) => cpuMs) ?? 0) / (until - startMs), 4),
      rssBytes: level.rssBytes,
      threads: level.threads,
      openFiles: level.openFiles,
      diskReadBytes: wholeOrNull(counted(({ diskReadBytes }) => diskReadBytes)),
      diskWrittenBytes: wholeOrNull(counted(({ diskWrittenBytes }) => diskWrittenBytes)),
      processes: level.processes,
    });
  }
  return rows;
}

/** What the processes used while the window was open; undefined where there are no two readings. */
export function summariseProcesses(
  readings: readonly TreeReading[],
  window: Span,
): Omit<RecordedProcess, "pids" | "name" | "source"> | undefined {
  const last = readings.at(-1);
  if (readings.length < 2 || last === undefined) return undefined;
  const startMs = Math.min(window.startMs, last.atMs);
  const endMs = Math.min(window.endMs, last.atMs);
  const first = levelAt(readings, startMs);
  const within = [
    first,
    ...readings.filter(({ atMs }) => atMs > startMs && atMs < endMs),
    levelAt(readings, endMs),
  ];
  const counted = (read: (reading: TreeReading) => number | null): number | null =>
    countBetween(readings, startMs, endMs, read);
  const most = (read: (reading: TreeReading) => number): number => Math.max(...within.map(read));
  return {
    count: most(({ processes }) => processes),
    rssBytes: { first: first.rssBytes, max: most(({ rssBytes }) => rssBytes), last: within.at(-1)!.rssBytes },
    cpuCores: endMs > startMs ? round((counted(({ cpuMs }) => cpuMs) ?? 0) / (endMs - startMs), 4) : 0,
    threads: { max: most(({ threads }) => threads) },
    openFiles: within.some(({ openFiles }) => openFiles === null)
      ? null
      : { max: most(({ openFiles }) => openFiles ?? 0) },
    diskReadBytes: wholeOrNull(counted(({ diskReadBytes }) => diskReadBytes)),
    diskWrittenBytes: wholeOrNull(counted(({ diskWrittenBytes }) => diskWrittenBytes)),
  };
}

/** The reading before a moment or at it; the first one where there is none. */
function levelAt(readings: readonly TreeReading[], atMs: number): TreeReading {
  return readings.findLast((reading) => reading.atMs <= atMs) ?? readings[0]!;
}

function countBetween(
  readings: readonly TreeReading[],
  startMs: number,
  endMs: number,
  read: (reading: TreeReading) => number | null,
): number | null {
  const start = countAt(readings, startMs, read);
  const end = countAt(readings, endMs, read);
  return start === null || end === null ? null : end - start;
}

function countAt(
  readings: readonly TreeReading[],
  atMs: number,
  read: (reading: TreeReading) => number | null,
): number | null {
  const after = readings.findIndex((reading) => reading.atMs >= atMs);
  if (after === -1) return read(readings.at(-1)!);
  const later = readings[after]!;
  const earlier = readings[after - 1] ?? later;
  const from = read(earlier);
  const to = read(later);
  if (from === null || to === null) return null;
  const spanMs = later.atMs - earlier.atMs;
  return spanMs <= 0 ? to : from + ((to - from) * (atMs - earlier.atMs)) / spanMs;
}

function wholeOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}
