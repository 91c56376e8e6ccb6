import { createMatrix, defaultChoice, type SweepMatrix, type SweepRequest } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { checkFolderOf } from "../results/check-folder-of.ts";
import { resolveConnection, throughSocket } from "../run/resolve-connection.ts";
import { parseRequestAddress, type RequestAddress } from "../run/workloads/request-address.ts";
import type { SweepFlags } from "./sweep-flags.ts";
import { readKind, resolveSource } from "./sweep-source.ts";
import { readAxes, readBaseline, readThresholds } from "./sweep-values.ts";
import { readWorkers } from "../run/read-workers.ts";

const anywhere: RequestAddress = { server: "http://localhost", path: "/" };

/** As many as a p95 needs. */
const enoughForP95 = 72;
const fittingMs = 5_000;
/** What a quick sweep spends on its matrix, unless its first round alone takes longer. */
const quickMatrixMs = 90_000;
/** Checks all flags. Every problem is in one USAGE error: expected, got, next step. */
export async function resolveSweep(
  url: string,
  flags: SweepFlags,
  env: CommandContext["env"],
  ambient: ReadonlySet<string> = new Set(),
): Promise<SweepRequest> {
  const read = new FlagReader(ambient);
  const headers = read.headers(flags.header, flags.keyEnv, env);
  const parsed = read.attempt(() => parseRequestAddress(url));
  const { unix } = flags;
  const through =
    parsed === undefined || unix === undefined
      ? { address: parsed, headers }
      : (read.attempt(() => throughSocket(unix, parsed, headers)) ?? { address: undefined, headers });
  const kind = readKind(flags, through.address, read);
  const matrix = readMatrix(flags, kind, read);
  const resolved = await resolveSource(kind, flags, through.address ?? anywhere, read);
  const connection = await resolveConnection(flags, read);
  const quick = flags.quick ?? false;
  const budget = readBudget(flags, quick, read);
  const rest = {
    ...readLength(flags, quick, read),
    seed: read.whole("seed", flags.seed, { least: 0, absent: 1 }),
    thresholds: readThresholds(flags, kind, read),
    baseline: readBaseline(flags.baseline, kind, defaultChoice(kind), read),
    timeoutMs: read.duration("timeout", flags.timeout, {
      leastMs: 1,
      absent: kind === "chat" ? 120_000 : 30_000,
    }),
    workers: readWorkers(flags.workers, read),
  };
  await read.attemptAsync(async () => await checkFolderOf("export-csv", flags.exportCsv));
  await read.attemptAsync(async () => await checkFolderOf("export-json", flags.exportJson));
  read.end();
  return {
    ...rest,
    url: resolved!.url,
    source: resolved!.source,
    matrix: matrix!,
    budget,
    headers: through.headers,
    connection,
    outDirectory: flags.out ?? "runs",
    name: flags.name,
    resume: flags.resume,
  };
}

function readMatrix(flags: SweepFlags, kind: SweepMatrix["kind"], read: FlagReader): SweepMatrix | undefined {
  const axes = readAxes(flags, kind, read);
  const limit = (name: string, given: string | undefined): number | undefined =>
    given === undefined ? undefined : read.whole(name, given, { least: 1, absent: 1 });
  const maxConcurrency = limit("max-concurrency", flags.maxConcurrency);
  const maxSize = limit("max-size", flags.maxSize);
  // Images of one's own have no size that could be varied.
  const without = kind === "image" && flags.files !== undefined ? (["imageSize"] as const) : [];
  return read.attempt(() =>
    createMatrix({ kind, quick: flags.quick ?? false, axes, without, maxConcurrency, maxSize }),
  );
}

/** What can be known of the cases without a server: for `--list-cases`. */
export function resolveCases(
  flags: SweepFlags,
  url: string | undefined,
): { readonly matrix: SweepMatrix; readonly budget: SweepRequest["budget"] } {
  const read = new FlagReader();
  const address = url === undefined ? undefined : read.attempt(() => parseRequestAddress(url));
  const matrix = readMatrix(flags, readKind(flags, address, read), read);
  const budget = readBudget(flags, flags.quick ?? false, read);
  read.end();
  return { matrix: matrix!, budget };
}

function readBudget(flags: SweepFlags, quick: boolean, read: FlagReader): SweepRequest["budget"] {
  const leastRequests = read.whole("requests-per-case", flags.requestsPerCase, {
    least: 1,
    absent: quick ? 5 : 10,
  });
  return {
    repeats: read.whole("repeats", flags.repeats, { least: 1, most: 100, absent: quick ? 2 : 3 }),
    leastRequests,
    mostRequests: quick ? leastRequests : Math.max(leastRequests, enoughForP95),
    timeMs: quick ? 0 : fittingMs,
    matrixMs: quick ? quickMatrixMs : null,
  };
}

function readLength(
  flags: SweepFlags,
  quick: boolean,
  read: FlagReader,
): Pick<SweepRequest, "confirmation" | "warmupMs"> {
  return {
    confirmation: {
      rounds: read.whole("rounds", flags.rounds, { least: 0, most: 1_000, absent: quick ? 5 : 8 }),
      visitMs: quick ? 1_500 : 3_000,
      timeMs: quick ? 60_000 : 300_000,
    },
    warmupMs: read.duration("warmup", flags.warmup, { leastMs: 1, absent: quick ? 2_000 : 3_000 }),
  };
}
