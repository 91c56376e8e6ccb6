import path from "node:path";
import { parseHttpTarget, runLoad, type LoadProgress, type LoadResult, type Slice } from "@weir/load";
import { WeirError } from "@weir/protocol";
import { createClosedLoopSchedule, type Schedule } from "@weir/stats";
import { detectEmbeddingDialect } from "../probe/detect-embedding-dialect.ts";
import { captureEnvironment } from "../record/capture-environment.ts";
import { verdictExitCodes, type RunRecord } from "../record/run-record.ts";
import { createRunFolder, discardRunFolder, writeWhole, type RunFolder } from "./run-folder.ts";
import type { RunRequest, RunTarget } from "./run-request.ts";
import { toLoadPlan } from "./to-load-plan.ts";
import { toRunRecord, type RecordParts } from "./to-run-record.ts";

const probeTimeoutMs = 10_000;

export interface StartRunOptions {
  /** Ends the run cleanly; what was measured so far is recorded. */
  readonly signal?: AbortSignal;
  /** Called once, before the load. */
  readonly onTarget?: (target: RunTarget) => void;
  /** Called a few times a second. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

export interface FinishedRun {
  readonly record: RunRecord;
  /** Absolute path of the run's folder, with run.json and slices.json in it. */
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
  const schedule = request.schedule ?? createClosedLoopSchedule({ users: request.users, seed: request.seed });
  const startedAt = new Date();
  const folder = await createRunFolder(request.outDirectory, startedAt);
  try {
    const parts = await carryOut({ ...request, url }, schedule, folder.id, startedAt, options);
    const slices = parts.outcome.kind === "ran" ? parts.outcome.result.slices : [];
    return await record(parts, slices, folder);
  } catch (error) {
    await discardRunFolder(folder);
    throw error;
  }
}

async function carryOut(
  request: RunRequest,
  schedule: Schedule,
  id: string,
  startedAt: Date,
  options: StartRunOptions,
): Promise<RecordParts> {
  const { signal } = options;
  const found = await identify(request, signal);
  const target = found.kind === "found" ? found.target : undefined;
  if (target !== undefined) options.onTarget?.(target);
  const environment = await captureEnvironment(request.url, {
    headers: request.headers,
    ...(signal !== undefined && { signal }),
    // Only a model server has an /info; a server of any kind gets the requests it was to get, and no other.
    askTarget: target?.dialect !== undefined,
    evidence: target?.evidence ?? [],
    startedAt,
  });
  const known = { id, request, target, schedule, environment };
  if (found.kind !== "found") return { ...known, plan: undefined, outcome: found };
  const plan = toLoadPlan(request, found.target, schedule);
  const result: LoadResult = await runLoad(plan, {
    ...(signal !== undefined && { signal }),
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
  });
  return { ...known, plan, outcome: { kind: "ran", result } };
}

type Identified =
  | { readonly kind: "found"; readonly target: RunTarget }
  | { readonly kind: "not-started"; readonly message: string }
  | { readonly kind: "interrupted" };

async function identify(request: RunRequest, signal: AbortSignal | undefined): Promise<Identified> {
  if (request.workload.kind !== "embeddings")
    return { kind: "found", target: { dialect: undefined, model: undefined, evidence: [] } };
  const { dialect, model } = request.workload;
  if (dialect !== "auto") return { kind: "found", target: { dialect, model, evidence: [] } };
  try {
    const detected = await detectEmbeddingDialect(request.url, {
      ...(signal !== undefined && { signal }),
      headers: request.headers,
      timeoutMs: Math.min(request.timeoutMs, probeTimeoutMs),
      ...(model !== undefined && { model }),
    });
    return {
      kind: "found",
      target: { dialect: detected.dialect, model: detected.model, evidence: detected.evidence },
    };
  } catch (error) {
    if (signal?.aborted === true) return { kind: "interrupted" };
    // A target that is away, or speaks nothing known, is a result: it gets its report like any other.
    if (error instanceof WeirError && error.exitCode === verdictExitCodes["not-measured"])
      return { kind: "not-started", message: error.message };
    throw error;
  }
}

async function record(parts: RecordParts, slices: readonly Slice[], folder: RunFolder): Promise<FinishedRun> {
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
    await writeWhole(path.join(folder.path, "run.json"), encodeRunRecord(runRecord));
    return { ...finished, folderProblem: undefined };
  } catch (error) {
    // The figures are still to be had on the terminal: a full disk must not take them away as well.
    return { ...finished, folderProblem: error instanceof Error ? error.message : String(error) };
  }
}

/** The exact content of run.json. */
export function encodeRunRecord(runRecord: RunRecord): string {
  return `${JSON.stringify(runRecord, undefined, 2)}\n`;
}
