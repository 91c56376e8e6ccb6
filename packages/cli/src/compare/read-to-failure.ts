import type { RunRequest } from "@weir/lab";
import type { FlagReader } from "../flags/flag-reader.ts";
import type { CompareFlags } from "./compare-flags.ts";

/** Failures that a half ends at where nobody says how many. */
const defaultFailures = 5;

/** What a comparison of ramps to failure makes of the run of a half; undefined where none is asked for. Problems are noted. */
export function readToFailure(
  given: CompareFlags,
  read: FlagReader,
): ((run: RunRequest) => RunRequest) | undefined {
  if (given.toFailure !== true) return undefined;
  const { ramp, spike, preset, rate, replay, metric } = given;
  if (ramp === undefined && spike === undefined && preset === undefined)
    read.note("--to-failure needs a load that grows: add --ramp, e.g. --ramp 1..200/60s.");
  for (const [flag, value] of [
    ["rate", rate],
    ["replay", replay],
  ] as const)
    if (value !== undefined)
      read.note(`--to-failure counts users, and a load of --${flag} has none. Use --ramp with users.`);
  if (metric !== undefined)
    read.note("--to-failure compares users at failure and requests until it: leave out --metric.");
  if (given.pdfDir !== undefined || given.image !== undefined)
    read.note(
      "--to-failure and a comparison file by file exclude each other: use --workload pdf --files DIR.",
    );
  return (run) => {
    const hasRule = (run.stopFailures ?? run.stopFailuresInARow ?? 0) > 0 || run.stopErrorRate !== undefined;
    return {
      ...run,
      ...(!hasRule && { stopFailures: defaultFailures }),
      // Every half ends in failures, so a limit on them is kept by none.
      limits: given.slo === undefined ? [] : run.limits,
    };
  };
}
