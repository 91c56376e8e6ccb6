import { WeirError } from "@weir/protocol";
import { parseLimit, type CapacityRequest } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveRunOptions, type RunSurroundings } from "../run/resolve-run-options.ts";
import { parseRate } from "../run/schedule-values.ts";
import type { CapacityFlags } from "./capacity-flags.ts";

const mostUsers = 1_000_000;

/** Checks all flags and reads the files that they name. Every problem is in one USAGE error: expected, got, next step. */
export async function resolveCapacityOptions(
  url: string,
  flags: CapacityFlags,
  env: CommandContext["env"],
  surroundings: RunSurroundings = {},
): Promise<CapacityRequest> {
  const read = new FlagReader(surroundings.ambient);
  const of = read.oneOf("of", flags.of, ["users", "rate"], "users");
  const bounds = of === "users" ? readUsers(flags, read) : readRates(flags, read);
  noteContradictions(flags, of, read);
  const resolution = readResolution(flags.resolution, read);
  const limits = flags.slo?.map((text) => read.attempt(() => parseLimit(text), "slo"));
  const maxProbes =
    flags.maxProbes === undefined
      ? undefined
      : read.whole("max-probes", flags.maxProbes, { least: 1, absent: 1 });
  const probeDurationMs = read.duration("probe-duration", flags.probeDuration, {
    leastMs: 500,
    absent: 10_000,
  });
  const probeWarmupMs = read.duration("warmup", flags.warmup, { leastMs: 0, absent: 2_000 });
  const { slo: _, ...shared } = flags;
  // The load of each probe is put together by the search; what is asked for here is only its kind.
  const load = of === "users" ? { users: "1" } : { rate: "1/s", arrivals: flags.arrivals ?? "poisson" };
  const run = await read.attemptAsync(() =>
    resolveRunOptions(url, { ...shared, ...load, duration: "10s" }, env, surroundings),
  );
  read.end();
  const [segment] = run!.schedule!.segments;
  return {
    run: { ...run!, stopFailures: undefined },
    of,
    limits: limits?.filter((limit) => limit !== undefined),
    ...bounds,
    resolution,
    maxProbes,
    probeDurationMs,
    probeWarmupMs,
    pace: run!.schedule!.kind === "paced" ? run!.schedule!.pace : undefined,
    arrivals: segment?.kind === "rate" ? segment.arrivals : undefined,
  };
}

type Bounds = Pick<CapacityRequest, "least" | "most">;

function readUsers(flags: CapacityFlags, read: FlagReader): Bounds {
  const range = { least: 1, most: mostUsers };
  const least = read.whole("min-users", flags.minUsers, { ...range, absent: 1 });
  const most = read.whole("max-users", flags.maxUsers, { ...range, absent: Math.max(10_000, least) });
  if (most < least)
    read.note(`--max-users: expected at least --min-users ${least}, got ${most}. Leave one of them out.`);
  return { least, most };
}

function readRates(flags: CapacityFlags, read: FlagReader): Bounds {
  const rate = (name: string, given: string | undefined, absent: number): number => {
    const value = given === undefined ? absent : parseRate(given);
    if (value === undefined)
      read.note(`--${name}: expected a rate such as 50/s or 0.5/s, got ${JSON.stringify(given)}.`);
    return value ?? absent;
  };
  const least = rate("min-rate", flags.minRate, 1);
  const most = rate("max-rate", flags.maxRate, Math.max(100_000, least));
  if (most < least) read.note("--max-rate: expected at least --min-rate. Leave one of them out.");
  return { least, most };
}

function noteContradictions(flags: CapacityFlags, of: "users" | "rate", read: FlagReader): void {
  const clash = (name: string, why: string): void => read.note(`--${name}: ${why}`);
  if (of === "rate") {
    for (const [name, given] of [
      ["min-users", flags.minUsers],
      ["max-users", flags.maxUsers],
      ["pace", flags.pace],
    ] as const)
      if (given !== undefined) clash(name, "expected with users, got --of rate. Leave one of them out.");
    return;
  }
  for (const [name, given] of [
    ["min-rate", flags.minRate],
    ["max-rate", flags.maxRate],
    ["arrivals", flags.arrivals],
  ] as const)
    if (given !== undefined) clash(name, "expected with --of rate, got users. Add --of rate.");
}

function readResolution(given: string | undefined, read: FlagReader): number {
  const absent = 0.05;
  if (given === undefined) return absent;
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(given.trim()) ?? [];
  const share = Number(digits) / (percent === "%" ? 100 : 1);
  if (share >= 0.005 && share <= 1) return share;
  read.note(`--resolution: expected a share from 0.5% to 100%, got ${JSON.stringify(given)}.`);
  return absent;
}

/** Throws USAGE: there is nothing to measure. */
export function absentUrl(flags: CapacityFlags): string {
  // A socket has one server behind it; anything else has to be named.
  if (flags.unix !== undefined) return "http://localhost";
  throw new WeirError(
    "USAGE",
    "the URL of the server is missing, e.g. weir capacity http://127.0.0.1:8787. weir mock --slots 8 starts one to try.",
  );
}
