import type { Suite, SuiteSetting } from "@weir/lab";
import type { FlagReader } from "../flags/flag-reader.ts";
import { parseDuration } from "../flags/parse-duration.ts";
import type { CheckFlags } from "./check-flags.ts";

/** Settings that have flags of their own. */
export const ownFlags: readonly string[] = ["users", "rate", "duration", "requests"];

/**
 * The settings that flags change, by name. Problems are noted: flags that the suite has no setting for among them.
 * @param ambient names of flags that come from the environment: what is no setting of this suite may be one of others
 */
export function resolveSettings(
  suite: Suite,
  flags: CheckFlags,
  read: FlagReader,
  ambient: ReadonlySet<string>,
): Readonly<Record<string, number>> {
  const settings: Record<string, number> = {};
  const known = suite.settings ?? {};
  const take = (name: string, text: string, flag: string): void => {
    const setting = Object.hasOwn(known, name) ? known[name] : undefined;
    if (setting === undefined) return read.note(`${flag}: ${describeUnknown(suite, name)}`);
    const value = parseSetting(setting, text);
    if (value === undefined)
      return read.note(`${flag}: expected ${describeExpected(setting)}, got ${JSON.stringify(text)}.`);
    settings[name] = value;
  };
  for (const name of ownFlags) {
    const text = (flags as Readonly<Record<string, unknown>>)[name] as string | undefined;
    if (text === undefined || (ambient.has(name) && !Object.hasOwn(known, name))) continue;
    take(name, text, `--${name}`);
  }
  for (const each of flags.set ?? []) {
    const [, name, text] = /^([a-z0-9-]+)=(.+)$/.exec(each) ?? [];
    if (name === undefined || text === undefined)
      read.note(`--set: expected NAME=VALUE such as --set agents=20, got ${JSON.stringify(each)}.`);
    else take(name, text, `--set ${name}`);
  }
  return settings;
}

function describeUnknown({ name: suite, settings = {} }: Suite, name: string): string {
  const names = Object.keys(settings);
  return names.length === 0
    ? `the suite ${suite} has nothing to set. Leave it out.`
    : `expected a setting of the suite ${suite} (${names.join(", ")}), got ${name}.`;
}

function parseSetting({ unit, least }: SuiteSetting, text: string): number | undefined {
  const value = unit === "ms" ? parseDuration(text) : parseNumber(unit, text);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  const enough = least === undefined ? (unit === "count" ? value >= 1 : value > 0) : value >= least;
  return enough ? value : undefined;
}

function parseNumber(unit: SuiteSetting["unit"], text: string): number | undefined {
  const pattern =
    unit === "count" ? /^(\d+)$/ : unit === "per-second" ? /^(\d+(?:\.\d+)?)(?:\/s)?$/ : /^(\d+(?:\.\d+)?)$/;
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function describeExpected({ unit, least }: SuiteSetting): string {
  switch (unit) {
    case "ms":
      return "a duration such as 500ms, 30s or 2m";
    case "count":
      return `a whole number from ${least ?? 1} on`;
    case "per-second":
      return "a rate such as 5/s";
    case "ratio":
      return `a number ${least === undefined ? "above 0" : `from ${least} on`}`;
  }
}

/** A setting as it would be written: `10m`, `20`, `5/s`. */
export function describeSetting({ unit }: SuiteSetting, value: number): string {
  switch (unit) {
    case "ms":
      return value % 60_000 === 0
        ? `${value / 60_000}m`
        : value % 1000 === 0
          ? `${value / 1000}s`
          : `${value}ms`;
    case "per-second":
      return `${value}/s`;
    case "count":
    case "ratio":
      return String(value);
  }
}
