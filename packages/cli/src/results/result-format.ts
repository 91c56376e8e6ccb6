import { Option } from "commander";
import { WeirError } from "@weir/protocol";

/** How a result is printed on stdout. */
export type ResultFormat = "table" | "json" | "csv" | "md";

const formats: readonly ResultFormat[] = ["table", "json", "csv", "md"];

/** The flags that say how a result is printed, as they were written. */
export interface FormatFlags {
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

export function createFormatOptions(heading = "Results:"): Option[] {
  // Of one command line, not of a whole session: no variables.
  return [
    new Option(
      "--format <format>",
      "what stdout gets: table for people, json (run.json), csv, or md for a pull request; other than table, everything for people goes to stderr (default: table)",
    ).helpGroup(heading),
    new Option("--json", "the same as --format json").helpGroup(heading),
  ];
}

/** Throws USAGE for what is no format, and for two of them. */
export function readFormat({ format, json = false }: FormatFlags): ResultFormat {
  if (format === undefined) return json ? "json" : "table";
  const known = formats.find((each) => each === format);
  if (known === undefined)
    throw new WeirError("USAGE", `--format: expected ${formats.join(", ")}, got ${JSON.stringify(format)}.`);
  if (json && known !== "json")
    throw new WeirError("USAGE", `expected one format, got --json and --format ${known}. Leave one out.`);
  return known;
}
