import { WeirError } from "@weir/protocol";
import { parseDuration } from "../flags/parse-duration.ts";

/** A level that goes in a straight line. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
  /** Whether the levels were written as rates; otherwise they are users, or whatever else a level is. */
  readonly ofRate: boolean;
}

/** A level for a while. */
export interface Spike {
  readonly level: number;
  readonly durationMs: number;
  /** From the beginning, or from the end of a ramp. */
  readonly startMs: number;
}

/** Reads `50/s`, `0.5/s` or `30/min` as requests per second; undefined for anything else, and for 0. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\/(s|min|m|h)$/.exec(text.trim());
  if (match === null) return undefined;
  const perSecond = (Number(match[1]) * 1000) / parseDuration(`1${match[2]}`)!;
  return perSecond > 0 ? perSecond : undefined;
}

const level = String.raw`(\d+(?:\.\d+)?)`;
const perTime = String.raw`(?:\/(s|min|m|h))`;
const rampPattern = new RegExp(`^${level}${perTime}?\\.\\.${level}${perTime}?([/@])([^/@].*)$`);

/**
 * Reads `10..100/30s`, or `10..100@5/s` where the slope is known and not the length. Levels that are rates have their
 * unit: `10/s..100/s/30s`, `10/s..100/s@5/s`, the latter 5/s more every second.
 */
export function parseRamp(text: string): Ramp | undefined {
  const [, low = "", lowUnit, high = "", highUnit, mark, rest = ""] = rampPattern.exec(text.trim()) ?? [];
  if (mark === undefined || (lowUnit === undefined) !== (highUnit === undefined)) return undefined;
  const from = Number(low) / secondsOf(lowUnit);
  const to = Number(high) / secondsOf(highUnit);
  const slope = mark === "@" ? parseRate(rest) : undefined;
  const durationMs = mark === "/" ? parseDuration(rest) : slope && (Math.abs(to - from) / slope) * 1000;
  if (durationMs === undefined || durationMs === 0) return undefined;
  return { from, to, durationMs, ofRate: lowUnit !== undefined };
}

function secondsOf(unit: string | undefined): number {
  return unit === undefined ? 1 : parseDuration(`1${unit}`)! / 1000;
}

/** Reads `200/10s@30s`; without `@30s` the spike is at the beginning. */
export function parseSpike(text: string): Spike | undefined {
  const match = /^(\d+(?:\.\d+)?)\/([^@]+)(?:@(.+))?$/.exec(text.trim());
  if (match === null) return undefined;
  const durationMs = parseDuration(match[2]!);
  const startMs = parseDuration(match[3] ?? "0s");
  if (durationMs === undefined || durationMs === 0 || startMs === undefined) return undefined;
  return { level: Number(match[1]), durationMs, startMs };
}

/**
 * Reads times, one a line, all in milliseconds or all in ISO 8601, in any order. Milliseconds count from the start of
 * the run; of points in time the first is the start. Empty lines and lines that begin with `#` are passed over. Throws
 * USAGE with the line that is neither.
 */
export function parseTimestamps(text: string, file: string): readonly number[] {
  const times: number[] = [];
  let dates: boolean | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const written = line.trim();
    if (written === "" || written.startsWith("#")) continue;
    const isNumber = /^\d+(\.\d+)?$/.test(written);
    const time = isNumber
      ? Number(written)
      : /^\d{4}-\d{2}-\d{2}T/.test(written)
        ? Date.parse(written)
        : Number.NaN;
    if (Number.isNaN(time))
      throw refuse(file, index, "milliseconds from 0 on or a time such as 2025-01-31T12:00:00.250Z", written);
    dates ??= !isNumber;
    if (dates === isNumber)
      throw refuse(file, index, `${dates ? "a point in time" : "milliseconds"} as above`, written);
    times.push(time);
  }
  if (times.length === 0)
    throw new WeirError(
      "USAGE",
      `--replay: expected at least one time in ${file}, got none. Write one a line.`,
    );
  times.sort((a, b) => a - b);
  const [first = 0] = times;
  return dates === true ? times.map((time) => time - first) : times;
}

function refuse(file: string, index: number, expected: string, written: string): WeirError {
  return new WeirError(
    "USAGE",
    `--replay: expected ${expected} in line ${index + 1} of ${file}, got ${JSON.stringify(written.slice(0, 60))}.`,
  );
}
