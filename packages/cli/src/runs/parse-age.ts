import { parseDuration } from "../flags/parse-duration.ts";

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { d: dayMs, w: 7 * dayMs };

/** Reads `90m`, `12h`, `30d` or `2w` as milliseconds; undefined where it is something else. */
export function parseAge(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([dw])$/.exec(text.trim());
  return match === null ? parseDuration(text) : Number(match[1]) * unitMs[match[2]!]!;
}

/** Reads an age, or a date such as 2026-11-20 or 2026-11-20T08:00Z, as milliseconds since 1970; undefined for others. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const ageMs = parseAge(text);
  if (ageMs !== undefined) return nowMs - ageMs;
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
