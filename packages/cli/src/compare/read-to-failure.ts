import type { RunRequest } from "@weir/lab";
import type { ScheduleSegment } from "@weir/stats";
import type { FlagReader } from "../flags/flag-reader.ts";
import type { CompareFlags } from "./compare-flags.ts";

/** Failures that a half ends at where nobody says how many. */
const defaultFailures = 5;

/** How long the end of a ramp is held: whoever came last gets an answer, or none. */
const holdMs = 2000;

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
      ...(given.duration === undefined && { durationMs: endOfRamp(run) }),
      // Every half ends in failures, so a limit on them is kept by none.
      limits: given.slo === undefined ? [] : run.limits,
    };
  };
}

/** A ramp whose last level would go on as long as the run ends soon after it is reached. */
function endOfRamp({ schedule, durationMs }: RunRequest): number | undefined {
  const segments = schedule === undefined || !("segments" in schedule) ? [] : schedule.segments;
  const last = segments.at(-1);
  if (last === undefined || last.kind === "replay" || last.durationMs !== null) return durationMs;
  return segments.reduce((sum, segment) => sum + lengthOf(segment), holdMs);
}

function lengthOf(segment: ScheduleSegment): number {
  return segment.kind === "replay" ? 0 : (segment.durationMs ?? 0);
}
