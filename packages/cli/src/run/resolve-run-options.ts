import {
  defaultLimit,
  parseLimit,
  readCalibration,
  type Limit,
  type RunRequest,
  type WorkloadRequest,
} from "@weir/lab";
import { isForbiddenOverHttp2 } from "@weir/load";
import { calibrationPath } from "../calibrate/calibration-path.ts";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveConnection, throughSocket } from "./resolve-connection.ts";
import { applyPreset } from "./presets/apply-preset.ts";
import type { RunFlags } from "./run-flags.ts";
import { resolveSchedule } from "./resolve-schedule.ts";
import { resolveServerSide } from "./resolve-server-side.ts";
import { resolveStop } from "./stop-flags.ts";
import { parseRequestAddress, type RequestAddress } from "./workloads/request-address.ts";
import { resolveWorkload, withoutAmbient } from "./workloads/resolve-workload.ts";
import { pointedAt } from "./workloads/workload-kinds.ts";
import { readWorkers } from "./read-workers.ts";

export interface RunSurroundings {
  /** Told what was concluded where the flags leave it open, a sentence each. */
  readonly tell?: (note: string) => void;
  /** Names of flags that come from the environment. @default none */
  readonly ambient?: ReadonlySet<string>;
}

/** Failures that end a run of streams: from then on it measures how fast a server refuses. */
const stopFailuresOfStreams = 5;

/** An answer of some hundred tokens from a processor takes longer than anything else does. */
const chatTimeoutMs = 120_000;

/** Checks all flags and reads the files that they name. Every problem is in one USAGE error: expected, got, next step. */
export async function resolveRunOptions(
  url: string,
  given: RunFlags,
  env: CommandContext["env"],
  { tell = () => {}, ambient = new Set() }: RunSurroundings = {},
): Promise<RunRequest> {
  const read = new FlagReader(ambient);
  const { address, headers } = resolveAddress(url, given, env, read);
  const { flags, preset } = applyPreset(given, kindOf(given, ambient, address), read);
  const seed = read.whole("seed", flags.seed, { least: 0, absent: 1 });
  const chosen = await resolveSchedule(flags, seed, read);
  const workers = readWorkers(flags.workers, read);
  const limits = (flags.slo ?? [defaultLimit]).map((text) => read.attempt(() => parseLimit(text), "slo"));
  const connection = await resolveConnection(flags, read);
  if (connection.httpVersion === "2") noteForbiddenHeaders(headers, read);
  const serverSide = resolveServerSide(flags, read);
  const resolved = await resolveWorkload(flags, { read, address, headers, seed, ambient, tell });
  const timeoutMs = read.duration("timeout", flags.timeout, {
    leastMs: 1,
    absent: resolved !== undefined && isChat(resolved.workload) ? chatTimeoutMs : 30_000,
  });
  const ownStop = preset === undefined && resolved !== undefined && isStreamed(resolved.workload);
  const stop = resolveStop(flags, read, chosen, ownStop ? stopFailuresOfStreams : 0);
  read.end();
  const calibration = await readCalibration(calibrationPath(env));
  return {
    url: resolved!.url,
    users: chosen!.users,
    schedule: chosen!.schedule,
    preciseTiming: chosen!.preciseTiming,
    ...stop,
    seed,
    limits: limits.filter((limit): limit is Limit => limit !== undefined),
    headers,
    timeoutMs,
    connection,
    workers,
    samples: flags.samples ?? false,
    serverSide,
    calibration,
    outDirectory: flags.out ?? "runs",
    name: flags.name,
    preset: preset && { name: preset.name, metric: preset.metric },
    workload: resolved!.workload,
  };
}

function noteForbiddenHeaders(headers: Readonly<Record<string, string>>, read: FlagReader): void {
  for (const [name, value] of Object.entries(headers))
    if (isForbiddenOverHttp2(name, value))
      read.note(
        `--header: expected headers that HTTP/2 has a place for, got ${name}, which is of an HTTP/1.1 connection. Leave out ${name} or --http2.`,
      );
}

function kindOf(
  flags: RunFlags,
  ambient: ReadonlySet<string>,
  address: RequestAddress | undefined,
): string | undefined {
  const said = withoutAmbient(flags, ambient);
  return said.mix === undefined ? (said.workload ?? pointedAt(said, address)) : "mix";
}

function isChat(workload: WorkloadRequest): boolean {
  return workload.kind === "mixed"
    ? workload.parts.some((part) => isChat(part.workload))
    : workload.kind === "chat";
}

function isStreamed(workload: WorkloadRequest): boolean {
  if (workload.kind === "mixed") return workload.parts.some((part) => isStreamed(part.workload));
  return workload.kind === "chat" && workload.stream;
}

interface Destination {
  /** Undefined where the URL is none, which was noted. */
  readonly address?: RequestAddress;
  readonly headers: Readonly<Record<string, string>>;
}

function resolveAddress(
  url: string,
  flags: RunFlags,
  env: CommandContext["env"],
  read: FlagReader,
): Destination {
  const headers = read.headers(flags.header, flags.keyEnv, env);
  const address = read.attempt(() => parseRequestAddress(url));
  if (address === undefined) return { headers };
  const { unix } = flags;
  if (unix === undefined) return { address, headers };
  return read.attempt(() => throughSocket(unix, address, headers)) ?? { headers };
}
