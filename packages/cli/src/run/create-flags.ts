import { Option } from "commander";
import { toVariable } from "../flags/flag-reader.ts";

/** A flag as `weir run --help` shows it, and what it is for. `repeatable` collects its values. */
export type FlagLine = readonly [flag: string, description: string, times?: "repeatable"];

/** Options under one heading. Each is also an environment variable: `--body-file` is `WEIR_BODY_FILE`. */
export function createFlags(heading: string, lines: readonly FlagLine[]): Option[] {
  return lines.map(([flag, description, times]) => {
    const option = new Option(flag, description).helpGroup(heading);
    option.env(toVariable(option.name()));
    return times === undefined ? option : option.argParser(collect);
  });
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
