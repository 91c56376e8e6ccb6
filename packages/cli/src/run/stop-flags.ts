import type { RunRequest } from "@weir/lab";
import type { Option } from "commander";
import type { FlagReader } from "../flags/flag-reader.ts";
import { parseDuration } from "../flags/parse-duration.ts";
import { createFlags } from "./create-flags.ts";
import type { ScheduleChoice } from "./resolve-schedule.ts";

/** The flags that say how long a run is and what ends it, as they were written. */
export interface StopFlags {
  readonly duration?: string | undefined;
  readonly requests?: string | undefined;
  readonly warmup?: string | undefined;
  readonly stopFailures?: string | undefined;
  readonly stopFailuresInARow?: string | undefined;
  readonly stopErrorRate?: string | undefined;
}

export function createStopOptions(): Option[] {
  return createFlags("How long:", [
    [
      "--duration <time>",
      "length of the measurement: 500ms, 30s, 2m (default: 30s, or none with --requests)",
    ],
    ["--requests <number>", "end after this many requests"],
    ["--warmup <time>", "load before the measurement begins (default: 5s, or none with --requests)"],
    [
      "--stop-failures <number>",
      "end when so many requests have failed; 0 is never (default: 5 for streams without a preset, else when nothing works)",
    ],
    [
      "--stop-failures-in-a-row <number>",
      "end when so many requests have failed one after the other; 0 is never (default: 0)",
    ],
    [
      "--stop-error-rate <share/time>",
      "end when this share of the requests of so long a time has failed, of 20 at least, e.g. 10%/30s",
    ],
  ]);
}

/** @param chosen undefined where there is none, which was noted */
export function resolveStop(
  flags: StopFlags,
  read: FlagReader,
  chosen: ScheduleChoice | undefined,
  stopFailuresByDefault: number,
): Pick<
  RunRequest,
  "durationMs" | "requests" | "warmupMs" | "stopFailures" | "stopFailuresInARow" | "stopErrorRate"
> {
  const requests =
    flags.requests === undefined
      ? undefined
      : read.whole("requests", flags.requests, { least: 1, absent: 1 });
  // Who asks for a number of requests means all that the server gets: no time limit and no warm-up of our choosing.
  // Nor has a schedule one that ends by itself; a ramp or a spike is measured whole, and the level after it as usual.
  const byTime = requests === undefined && (chosen?.lengthMs ?? Infinity) === Infinity;
  const durationMs = read.duration("duration", flags.duration, {
    leastMs: 1,
    absent: byTime ? (chosen?.shapeMs ?? 0) + 30_000 : undefined,
  });
  const warmupMs = read.duration("warmup", flags.warmup, {
    leastMs: 0,
    absent: byTime && chosen?.shaped !== true ? 5_000 : 0,
  });
  // Saying 0 is more than saying nothing: then not even a server that answers nothing but errors ends the run.
  const stopFailures =
    flags.stopFailures === undefined && stopFailuresByDefault === 0
      ? undefined
      : read.whole("stop-failures", flags.stopFailures, { least: 0, absent: stopFailuresByDefault });
  const stopFailuresInARow = read.whole("stop-failures-in-a-row", flags.stopFailuresInARow, {
    least: 0,
    absent: 0,
  });
  const stopErrorRate = readErrorRate(flags.stopErrorRate, read);
  return { durationMs, requests, warmupMs, stopFailures, stopFailuresInARow, stopErrorRate };
}

/** Requests of which a share means something. */
const leastCount = 20;

function readErrorRate(given: string | undefined, read: FlagReader): RunRequest["stopErrorRate"] {
  if (given === undefined) return undefined;
  const [, percent, time = ""] = /^(\d+(?:\.\d+)?)%\/(\S+)$/.exec(given) ?? [];
  const windowMs = parseDuration(time);
  const share = Number(percent) / 100;
  if (windowMs !== undefined && windowMs > 0 && share > 0 && share <= 1)
    return { share, windowMs, leastCount };
  read.note(
    `--stop-error-rate: expected a share above 0 % and a time such as 10%/30s, got ${JSON.stringify(given)}.`,
  );
  return undefined;
}
