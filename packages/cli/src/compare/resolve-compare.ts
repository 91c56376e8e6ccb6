import { parseComparedMetric, type CompareRequest, type RunRequest, type SideRequest } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveRunOptions, type RunSurroundings } from "../run/resolve-run-options.ts";
import { readDelta } from "./read-delta.ts";
import { toFlagsOfB, type CompareFlags } from "./compare-flags.ts";
import { readFileFlags } from "./read-file-flags.ts";
import { readNames } from "./read-names.ts";
import { readToFailure } from "./read-to-failure.ts";
import { resolveSides } from "./resolve-sides.ts";

const mostRounds = 10_000;

/** Checks all flags of a live comparison and reads the files that they name. Every problem is in one USAGE error. */
export async function resolveCompare(
  addresses: readonly [string | undefined, string | undefined],
  given: CompareFlags,
  env: CommandContext["env"],
  { tell = () => {}, ambient = new Set() }: RunSurroundings = {},
): Promise<CompareRequest> {
  const read = new FlagReader(ambient);
  const files = await readFileFlags(given, read);
  const toFailure = readToFailure(given, read);
  const names = readNames(given.names, read);
  const { metric: metricName } = given;
  const metric =
    metricName === undefined ? undefined : read.attempt(() => parseComparedMetric(metricName), "metric");
  const delta = readDelta(given.delta, read);
  const maxRounds = read.whole("max-rounds", given.maxRounds, {
    least: 2,
    most: mostRounds,
    absent: files === undefined ? 40 : 10,
  });
  const minRounds = read.whole("min-rounds", given.minRounds, {
    least: 2,
    most: mostRounds,
    absent: Math.min(4, maxRounds),
  });
  if (minRounds > maxRounds)
    read.note(`--min-rounds: expected at most --max-rounds, which are ${maxRounds}, got ${minRounds}.`);
  if (given.roundDuration !== undefined && given.duration !== undefined)
    read.note("--round-duration and --duration are names of one thing here: give one of them.");
  const flags = withHalves({ ...given, ...files?.flags });
  const ofB = toFlagsOfB(flags);
  const sides = resolveSides(addresses, given, ofB.changed, read);
  read.end();
  const [a, b] = [
    await resolveRun(sides!.a.url, flags, env, { tell, ambient }),
    await asOfB(async () => {
      const own = new Set<string>(ofB.changed);
      const others = new Set([...ambient].filter((name) => !own.has(name)));
      return await resolveRun(sides!.b.url, ofB.flags, env, { ambient: others });
    }),
  ];
  const runs = toFailure === undefined ? { a, b } : { a: toFailure(a), b: toFailure(b) };
  if (toFailure !== undefined && runs.a.schedule?.kind === "open-loop")
    throw new WeirError(
      "USAGE",
      "--to-failure: expected a ramp of users such as 1..200/60s, got one of a rate.",
    );
  const halves = files === undefined ? runs : files.toHalves(runs);
  return {
    a: toSide(names[0], halves.a, sides!.a.start, given.toggleA),
    b: toSide(names[1], halves.b, sides!.b.start, given.toggleB),
    against: sides!.against,
    sharedServer: sides!.sharedServer,
    oneAtATime: given.oneAtATime ?? false,
    metric,
    toFailure: toFailure !== undefined,
    delta,
    minRounds,
    maxRounds,
    halfLength: files === undefined && isLengthOpen(given) ? "measured" : "given",
    outDirectory: a.outDirectory,
    name: given.name,
  };
}

function toSide(
  label: string,
  run: RunRequest,
  start: string | undefined,
  toggle: string | undefined,
): SideRequest {
  return { label, run, start, toggle };
}

/** Nobody says how long a half is, and no shape of the load does either. */
function isLengthOpen({
  roundDuration,
  duration,
  requests,
  ramp,
  spike,
  replay,
  preset,
}: CompareFlags): boolean {
  return [roundDuration, duration, requests, ramp, spike, replay, preset].every((flag) => flag === undefined);
}

// A half begins on a server that is warm and hands over in flight: it needs less warm-up than a run from nothing.
function withHalves(flags: CompareFlags): CompareFlags {
  const { warmup, roundDuration, duration = roundDuration } = flags;
  const plain = isLengthOpen({ ...flags, roundDuration: undefined, duration: undefined });
  return { ...flags, duration, warmup: warmup ?? (plain ? "1s" : undefined) };
}

async function resolveRun(
  url: string,
  flags: CompareFlags,
  env: CommandContext["env"],
  surroundings: RunSurroundings,
): Promise<RunRequest> {
  const run = await resolveRunOptions(url, flags, env, surroundings);
  // A run of streams ends at its fifth failure; here failures are part of what is compared.
  const ownRule = flags.stopFailures === undefined && flags.preset === undefined;
  return ownRule ? { ...run, stopFailures: undefined } : run;
}

async function asOfB<Value>(resolve: () => Promise<Value>): Promise<Value> {
  try {
    return await resolve();
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== "USAGE") throw error;
    throw new WeirError("USAGE", `of B: ${error.message}`, { cause: error });
  }
}
