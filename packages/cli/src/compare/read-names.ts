import type { FlagReader } from "../flags/flag-reader.ts";

/** What the two sides are called. What is wrong with `--names` is noted. */
export function readNames(given: string | undefined, read: FlagReader): readonly [string, string] {
  if (given === undefined) return ["A", "B"];
  const [a = "", b = "", ...rest] = given.split(",").map((name) => name.trim());
  // They are keys of what --output writes, and so is `difference`.
  const fit = a !== "" && b !== "" && a !== b && rest.length === 0 && ![a, b].includes("difference");
  if (!fit)
    read.note(`--names: expected two names that differ, such as python,rust, got ${JSON.stringify(given)}.`);
  return [a, b];
}
