import type { FlagReader } from "../flags/flag-reader.ts";

const defaultDelta = 0.05;

/** `--delta` as a share: 0.05 for 5%. What is wrong with it is noted. */
export function readDelta(given: string | undefined, read: FlagReader): number {
  if (given === undefined) return defaultDelta;
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(given.trim()) ?? [];
  const delta = Number(percent) / 100;
  if (delta > 0 && delta <= 10) return delta;
  read.note(`--delta: expected a percentage above 0 such as 5% or 0.5%, got ${JSON.stringify(given)}.`);
  return defaultDelta;
}
