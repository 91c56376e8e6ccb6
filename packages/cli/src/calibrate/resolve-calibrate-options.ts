import type { CalibrateRequest } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import type { FormatFlags } from "../results/result-format.ts";
import { parseRate } from "../run/schedule-values.ts";
import { calibrationPath } from "./calibration-path.ts";

/** The flags of `weir calibrate` as they were written. */
export interface CalibrateFlags extends FormatFlags {
  readonly users?: string | undefined;
  readonly chunkRate?: string | undefined;
  readonly duration?: string | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly quiet?: boolean | undefined;
}

const mostUsers = 10_000;
const mostChunksPerSecond = 1000;

/** Checks all flags. Every problem is in one USAGE error: expected, got, next step. */
export function resolveCalibrateOptions(flags: CalibrateFlags, env: CommandContext["env"]): CalibrateRequest {
  const read = new FlagReader();
  const users = readUsers(flags.users ?? "1,10,100", read);
  const chunksPerSecond = parseRate(flags.chunkRate ?? "50/s");
  if (chunksPerSecond === undefined || chunksPerSecond > mostChunksPerSecond)
    read.note(
      `--chunk-rate: expected a rate of at most ${mostChunksPerSecond}/s, e.g. 50/s, got ${JSON.stringify(flags.chunkRate)}.`,
    );
  const durationMs = read.duration("duration", flags.duration, { leastMs: 500, absent: 6000 });
  read.end();
  return {
    users,
    chunksPerSecond: chunksPerSecond!,
    durationMs,
    outDirectory: flags.out ?? "runs",
    name: flags.name,
    file: calibrationPath(env),
  };
}

function readUsers(given: string, read: FlagReader): readonly number[] {
  const parts = given.split(",").map((part) => part.trim());
  const good = parts.every((part) => /^\d+$/.test(part) && Number(part) >= 1 && Number(part) <= mostUsers);
  if (!good)
    read.note(
      `--users: expected whole numbers from 1 to ${mostUsers.toLocaleString("en-US")} with commas between them, e.g. 1,10,100, got ${JSON.stringify(given)}.`,
    );
  return [...new Set(parts.map(Number))].toSorted((a, b) => a - b);
}
