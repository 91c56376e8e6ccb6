import {
  createBuiltInTexts,
  defaultLimit,
  parseLimit,
  readTexts,
  type Limit,
  type RunRequest,
} from "@weir/lab";
import { parseHttpTarget } from "@weir/load";
import type { CommandContext } from "../command-context.ts";
import { dialectChoices } from "../flags/dialect-names.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveSchedule, type ScheduleFlags } from "./schedule-flags.ts";

/** The flags of `weir run` as they were written. */
export interface RunFlags extends ScheduleFlags {
  readonly workload?: string | undefined;
  readonly dialect?: string | undefined;
  readonly model?: string | undefined;
  readonly texts?: string | undefined;
  readonly textSize?: string | undefined;
  readonly batch?: string | undefined;
  readonly duration?: string | undefined;
  readonly requests?: string | undefined;
  readonly warmup?: string | undefined;
  readonly seed?: string | undefined;
  readonly stopFailures?: string | undefined;
  readonly stopFailuresInARow?: string | undefined;
  readonly slo?: readonly string[] | undefined;
  readonly header?: readonly string[] | undefined;
  readonly keyEnv?: string | undefined;
  readonly timeout?: string | undefined;
  readonly cache?: string | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Checks all flags and reads the texts. Every problem is in one USAGE error: expected, got, next step. */
export async function resolveRunOptions(
  url: string,
  flags: RunFlags,
  env: CommandContext["env"],
): Promise<RunRequest> {
  const read = new FlagReader();
  const target = read.attempt(() => parseHttpTarget(url));
  read.oneOf("workload", flags.workload, ["embeddings"], "embeddings");
  const dialect = read.oneOf("dialect", flags.dialect, dialectChoices, "auto");
  const cache = read.oneOf("cache", flags.cache, ["busted", "warm"], "busted");
  const requests =
    flags.requests === undefined
      ? undefined
      : read.whole("requests", flags.requests, { least: 1, absent: 1 });
  const seed = read.whole("seed", flags.seed, { least: 0, absent: 1 });
  const chosen = await resolveSchedule(flags, seed, read);
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
  const stopFailures = read.whole("stop-failures", flags.stopFailures, { least: 0, absent: 0 });
  const stopFailuresInARow = read.whole("stop-failures-in-a-row", flags.stopFailuresInARow, {
    least: 0,
    absent: 0,
  });
  const timeoutMs = read.duration("timeout", flags.timeout, { leastMs: 1, absent: 30_000 });
  const limits = (flags.slo ?? [defaultLimit]).map((text) => read.attempt(() => parseLimit(text)));
  const headers = read.headers(flags.header, flags.keyEnv, env);
  const batch = read.whole("batch", flags.batch, { least: 1, absent: 1 });
  const characters = read.whole("text-size", flags.textSize, { least: 1, absent: 1_000 });
  const { texts: directory } = flags;
  const texts = await read.attemptAsync(async () =>
    directory === undefined ? createBuiltInTexts({ characters }) : readTexts(directory, { characters }),
  );
  read.end();
  return {
    url: target!.url,
    users: chosen!.users,
    schedule: chosen!.schedule,
    preciseTiming: chosen!.preciseTiming,
    stopFailures,
    stopFailuresInARow,
    seed,
    durationMs,
    requests,
    warmupMs,
    limits: limits.filter((limit): limit is Limit => limit !== undefined),
    headers,
    timeoutMs,
    outDirectory: flags.out ?? "runs",
    name: flags.name,
    workload: { kind: "embeddings", dialect, model: flags.model, texts: texts!, batch, cache },
  };
}
