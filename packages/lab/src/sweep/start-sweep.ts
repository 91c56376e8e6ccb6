import path from "node:path";
import { parseHttpTarget } from "@weir/load";
import { WeirError } from "@weir/protocol";
import { captureEnvironment } from "../record/capture-environment.ts";
import { verdictExitCodes } from "../record/run-record.ts";
import { createRunFolder, discardRunFolder, type RunFolder } from "../run/run-folder.ts";
import { CaseWorkloads } from "./case-workload.ts";
import { readResumed } from "./resume-sweep.ts";
import type { SweepEnd, SweepPlan, SweepRecord } from "./sweep-record.ts";
import type { SweepRequest } from "./sweep-request.ts";
import { SweepRounds, type SweepProgress } from "./sweep-rounds.ts";
import { SweepSession } from "./sweep-session.ts";
import { createVectorWatch, identifySweepTarget, withTarget } from "./sweep-target.ts";

export interface StartSweepOptions {
  /** Ends the sweep; what was measured so far is recorded and can be continued. */
  readonly signal?: AbortSignal;
  /** Called once, before anything is measured: what was found at the target, a sentence each, and the folder. */
  readonly onTarget?: (evidence: readonly string[]) => void;
  /** Called before each measurement. */
  readonly onProgress?: (progress: SweepProgress) => void;
}

export interface FinishedSweep {
  readonly record: SweepRecord;
  /** Absolute path of the folder with run.json and the folders of all runs. */
  readonly folder: string;
  /** Why something in it could not be written (a full disk, say); undefined where all was. */
  readonly folderProblem: string | undefined;
  /** 0 pass, 1 failures or vectors that change, 3 the target was lost, 4 nothing to recommend, 5 invalid, 6 not measured, 130 interrupted. */
  readonly exitCode: number;
}

/**
 * Measures all cases in shuffled rounds, then what they speak for against the default, and writes one folder: on every
 * path. Throws only where the request itself is no good (USAGE).
 */
export async function startSweep(
  asked: SweepRequest,
  options: StartSweepOptions = {},
): Promise<FinishedSweep> {
  const request = { ...asked, url: parseHttpTarget(asked.url).url };
  const open = toPlan(request, null, null);
  const before = request.resume === undefined ? undefined : await readResumed(request.resume, open);
  const startedAt = new Date();
  const folder: RunFolder =
    before === undefined
      ? await createRunFolder(request.outDirectory, startedAt)
      : { id: before.id, path: path.resolve(request.resume!) };
  try {
    return await carryOut(request, folder, before, startedAt, options);
  } catch (error) {
    if (before === undefined) await discardRunFolder(folder);
    throw error;
  }
}

async function carryOut(
  request: SweepRequest,
  folder: RunFolder,
  before: SweepRecord | undefined,
  startedAt: Date,
  { signal, onTarget, onProgress }: StartSweepOptions,
): Promise<FinishedSweep> {
  const first = request.matrix.cases[0]!;
  const sample = await new CaseWorkloads(request.source, request.seed, folder.path).for(first.settings);
  const found = await identifySweepTarget(request, sample, signal);
  const target = found.kind === "found" ? found.target : undefined;
  const environment =
    before?.environment ??
    (await captureEnvironment(request.url, {
      connection: request.connection,
      headers: request.headers,
      ...(signal !== undefined && { signal }),
      askTarget: target?.dialect !== undefined,
      evidence: target?.evidence ?? [],
      startedAt,
    }));
  const source = target === undefined ? request.source : withTarget(request.source, target);
  const session = new SweepSession({
    request,
    source,
    folder,
    plan: toPlan(request, target?.dialect ?? null, target?.model ?? null),
    environment,
    before,
    watch: target === undefined ? undefined : createVectorWatch(request, source, signal),
    signal,
  });
  const rounds = new SweepRounds({ request, session, signal, onProgress: onProgress ?? (() => {}) });
  if (target !== undefined) onTarget?.(target.evidence);
  const end = found.kind === "found" ? await endOf(rounds, session, signal) : toEnd(found, session);
  const record = session.record(rounds.planned, end);
  await session.write(record);
  return {
    record,
    folder: folder.path,
    folderProblem: session.folderProblem,
    exitCode: verdictExitCodes[record.verdict.kind],
  };
}

async function endOf(
  rounds: SweepRounds,
  session: SweepSession,
  signal: AbortSignal | undefined,
): Promise<SweepEnd> {
  try {
    return await rounds.run();
  } catch (error) {
    if (signal?.aborted === true) return { kind: "interrupted" };
    // A folder that can be made no more (a full disk) must not take away what was measured.
    if (error instanceof WeirError && session.visits.length > 0)
      return { kind: "stopped", message: error.message };
    throw error;
  }
}

function toEnd(
  found: { readonly kind: "not-started"; readonly message: string } | { readonly kind: "interrupted" },
  { visits }: SweepSession,
): SweepEnd {
  // What an earlier part has measured stays measured.
  return found.kind === "not-started" && visits.length > 0
    ? { kind: "stopped", message: found.message }
    : found;
}

function toPlan(request: SweepRequest, dialect: string | null, model: string | null): SweepPlan {
  const { url, source, matrix, budget, seed, timeoutMs, thresholds, baseline, confirmation } = request;
  const { cases, ...axes } = matrix;
  return {
    url,
    dialect,
    model,
    source: describeSource(source),
    cache: source.kind === "upload" ? null : source.cache,
    matrix: axes,
    cases: cases.length,
    budget,
    seed,
    timeoutMs,
    thresholds,
    baseline,
    rounds: confirmation.rounds,
  };
}

function describeSource(source: SweepRequest["source"]): string {
  switch (source.kind) {
    case "embeddings":
      return source.directory === undefined ? "built-in English paragraphs" : path.resolve(source.directory);
    case "chat":
      return "made-up prompts";
    case "upload":
      return source.files === undefined ? "made images" : `${source.files.length} files`;
  }
}
