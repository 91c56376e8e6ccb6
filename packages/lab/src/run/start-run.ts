import path from "node:path";
import {
  parseHttpTarget,
  runLoad,
  type LoadProgress,
  type LoadResult,
  type ScheduleFeed,
  type Slice,
} from "@weir/load";
import { createClosedLoopSchedule, type Schedule } from "@weir/stats";
import { captureEnvironment } from "../record/capture-environment.ts";
import { checkLimits, type AnswerKind } from "../record/check-limits.ts";
import { verdictExitCodes, type RunRecord } from "../record/run-record.ts";
import { encodeRecord } from "../record/write-record.ts";
import { identifyTarget } from "./identify-target.ts";
import { createRunFolder, discardRunFolder, writeWhole, type RunFolder } from "./run-folder.ts";
import type { RunRequest, RunTarget, WorkloadRequest } from "./run-request.ts";
import { encodeServerSeries } from "../server-side/encode-server-series.ts";
import type { ServerObservation } from "../server-side/observe-server.ts";
import { watchServer } from "../server-side/watch-server.ts";
import { writeSamples, type WrittenSamples } from "../samples/write-samples.ts";
import { toLoadPlan } from "./to-load-plan.ts";
import { toRunRecord, type RecordParts } from "./to-run-record.ts";

export interface StartRunOptions {
  /** Ends the run cleanly; what was measured so far is recorded. */
  readonly signal?: AbortSignal;
  /** Called once, before the load. */
  readonly onTarget?: (target: RunTarget) => void;
  /** Called a few times a second. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Takes segments that make the schedule longer while the run goes. */
  readonly feed?: ScheduleFeed;
}

export interface FinishedRun {
  readonly record: RunRecord;
  /**
   * Absolute path of the run's folder, with run.json and slices.json in it, server.json where the server was seen, and
   * samples.parquet where rows were kept.
   */
  readonly folder: string;
  /** Why the folder could not be written (a full disk, say); undefined when it was. */
  readonly folderProblem: string | undefined;
  /** 0 pass, 1 limit missed, 3 stopped early, 4 inconclusive, 5 invalid, 6 not measured, 130 interrupted. */
  readonly exitCode: number;
}

/**
 * Finds out what the target speaks, puts the load on it, judges the outcome and writes the run's folder: on every
 * path, also when the target is not there or the run is interrupted. Throws only where the request itself is no good
 * (USAGE, INVALID_REQUEST); nothing is written then.
 */
export async function startRun(request: RunRequest, options: StartRunOptions = {}): Promise<FinishedRun> {
  const { url } = parseHttpTarget(request.url);
  checkLimits(request.limits, toAnswerKind(request.workload));
  const schedule = request.schedule ?? createClosedLoopSchedule({ users: request.users, seed: request.seed });
  const startedAt = new Date();
  const folder = await createRunFolder(request.outDirectory, startedAt);
  try {
    const { parts, observed } = await carryOut({ ...request, url }, schedule, folder, startedAt, options);
    const slices = parts.outcome.kind === "ran" ? parts.outcome.result.slices : [];
    const samples = await keepSamples(parts, folder);
    const seen = { slices, server: observed };
    return await record({ ...parts, samples: samples.written }, seen, folder, samples.problem);
  } catch (error) {
    await discardRunFolder(folder);
    throw error;
  }
}

function toAnswerKind(workload: WorkloadRequest): AnswerKind {
  switch (workload.kind) {
    case "chat":
      return workload.stream ? "stream" : "whole";
    case "embeddings":
    case "http":
    case "upload":
      return "no-tokens";
    default:
      // Made of several kinds, or of code: there may be anything in it.
      return "stream";
  }
}

async function carryOut(
  request: RunRequest,
  schedule: Schedule,
  { id, path: directory }: RunFolder,
  startedAt: Date,
  options: StartRunOptions,
): Promise<{ readonly parts: RecordParts; readonly observed: ServerObservation | undefined }> {
  const { signal } = options;
  const found = await identifyTarget(request, signal);
  const target = found.kind === "found" ? found.target : undefined;
  if (target !== undefined) options.onTarget?.(target);
  const environment = await captureEnvironment(request.url, {
    connection: request.connection,
    headers: request.headers,
    ...(signal !== undefined && { signal }),
    // Only a model server has an /info; a server of any kind gets the requests it was to get, and no other.
    askTarget: target?.dialect !== undefined,
    evidence: target?.evidence ?? [],
    startedAt,
  });
  const known = { id, request, target, schedule, environment, samples: undefined, server: undefined };
  if (found.kind !== "found")
    return { parts: { ...known, plan: undefined, outcome: found }, observed: undefined };
  const plan = toLoadPlan(request, found.target, schedule);
  const { headers, connection } = request;
  const isModelServer = found.target.dialect !== undefined;
  const watched = { url: request.url, headers, connection, isModelServer };
  const watch = await watchServer(watched, request.serverSide);
  let result: LoadResult;
  try {
    result = await runLoad(plan, {
      ...(signal !== undefined && { signal }),
      ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
      ...(options.feed !== undefined && { feed: options.feed }),
      ...(request.workers !== undefined && { workers: request.workers }),
      ...(request.samples === true && { samples: { directory } }),
    });
  } finally {
    await watch?.stop();
  }
  const observed = watch?.observe(result);
  return { parts: { ...known, plan, outcome: { kind: "ran", result }, server: observed?.server }, observed };
}

async function keepSamples(
  { outcome }: RecordParts,
  folder: RunFolder,
): Promise<{ readonly written: WrittenSamples | undefined; readonly problem: string | undefined }> {
  if (outcome.kind !== "ran" || outcome.result.samples === undefined)
    return { written: undefined, problem: undefined };
  const { samples, parts = [] } = outcome.result;
  const names = parts.map(({ name }) => name);
  try {
    const written = await writeSamples(samples, names, path.join(folder.path, "samples.parquet"));
    return { written, problem: undefined };
  } catch (error) {
    return { written: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function record(
  parts: RecordParts,
  { slices, server }: { readonly slices: readonly Slice[]; readonly server: ServerObservation | undefined },
  folder: RunFolder,
  sampleProblem: string | undefined,
): Promise<FinishedRun> {
  const runRecord = toRunRecord(parts);
  const finished = {
    record: runRecord,
    folder: folder.path,
    exitCode: verdictExitCodes[runRecord.verdict.kind],
  };
  try {
    await writeWhole(
      path.join(folder.path, "slices.json"),
      `${JSON.stringify({ schema: 1, sliceMs: 1000, slices })}\n`,
    );
    if (server !== undefined && server.server.series !== null)
      await writeWhole(path.join(folder.path, "server.json"), encodeServerSeries(server));
    await writeWhole(path.join(folder.path, "run.json"), encodeRecord(runRecord));
    return { ...finished, folderProblem: sampleProblem };
  } catch (error) {
    // The figures are still to be had on the terminal: a full disk must not take them away as well.
    return { ...finished, folderProblem: error instanceof Error ? error.message : String(error) };
  }
}
