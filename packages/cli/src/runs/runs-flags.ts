import { Option } from "commander";
import type { RunFilter } from "@weir/lab";
import { createFlags } from "../run/create-flags.ts";
import type { FlagReader } from "../flags/flag-reader.ts";
import { parseAge, parseMoment } from "./parse-age.ts";

/** Where runs are looked for. */
export interface PlaceFlags {
  readonly out?: readonly string[] | undefined;
}

export function createPlaceOptions(): Option[] {
  return createFlags("Where:", [
    [
      "--out <dir>",
      "folder of runs, looked through with the folders in it; repeatable (default: runs)",
      "repeatable",
    ],
  ]);
}

export function readPlaces({ out }: PlaceFlags): readonly string[] {
  return out ?? ["runs"];
}

/** As of a measurement's result, of which a list has less: there is nothing for people beside it. */
export function createListFormatOptions(): Option[] {
  return [
    new Option("--format <format>", "table, json, csv or md (default: table)").helpGroup("Output:"),
    new Option("--json", "the same as --format json").helpGroup("Output:"),
  ];
}

/** Which runs are meant, as it was written. */
export interface FilterFlags {
  readonly kind?: readonly string[] | undefined;
  readonly verdict?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly since?: string | undefined;
  readonly older?: string | undefined;
}

const collectWords = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(",").map((word) => word.trim()),
];

// Of one command line: a WEIR_NAME that is set for weir run must not hide runs.
const filterFlags: readonly (readonly [flag: string, description: string, several?: boolean])[] = [
  ["--kind <kind>", "run, sweep, capacity, compare, calibrate, check or import; several with commas", true],
  ["--verdict <verdict>", "pass, limit-missed, invalid ...; several with commas", true],
  ["--name <text>", "what the name contains, or is like, with * and ?"],
  ["--tag <tag>", "has this tag; several: has all of them", true],
  ["--target <text>", "what the target's address contains"],
  ["--since <time>", "begun in the last 12h, 2d, 1w, or from a date on"],
];

export function createFilterOptions(): Option[] {
  return filterFlags.map(([flag, description, several]) => {
    const option = new Option(flag, description).helpGroup("Which runs:");
    return several === true ? option.argParser(collectWords) : option;
  });
}

/** What is wrong with a flag is noted in the reader. */
export function readFilter(flags: FilterFlags, reader: FlagReader, nowMs: number): RunFilter {
  const { kind, verdict, name, tag, target, since, older } = flags;
  const sinceMs = since === undefined ? undefined : parseMoment(since, nowMs);
  if (since !== undefined && sinceMs === undefined)
    reader.note(
      `--since: expected an age such as 12h or 2d, or a date such as 2026-11-20, got ${JSON.stringify(since)}.`,
    );
  const ageMs = older === undefined ? undefined : parseAge(older);
  if (older !== undefined && ageMs === undefined)
    reader.note(`--older: expected an age such as 12h or 30d, got ${JSON.stringify(older)}.`);
  return {
    ...(kind !== undefined && { kinds: kind }),
    ...(verdict !== undefined && { verdicts: verdict }),
    ...(name !== undefined && { name }),
    ...(tag !== undefined && { tags: tag }),
    ...(target !== undefined && { target }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(ageMs !== undefined && { beforeMs: nowMs - ageMs }),
  };
}
