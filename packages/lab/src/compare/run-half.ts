import { setTimeout as delay } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import type { LoadProgress } from "@weir/load";
import path from "node:path";
import type { RunRecord } from "../record/run-record.ts";
import type { RunRequest, RunTarget } from "../run/run-request.ts";
import { startRun, type FinishedRun } from "../run/start-run.ts";
import type { ComparedHalf, SideName } from "./compare-record.ts";
import { readFigure } from "./compared-metric.ts";
import { readFailure, readFailureFigure, type RoundMetric } from "./failure-metrics.ts";
import { readFileTime } from "./files/file-metric.ts";
import type { OpenSides } from "./open-sides.ts";

export interface HalfOptions {
  readonly sides: OpenSides;
  readonly metrics: readonly RoundMetric[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: LoadProgress) => void;
}

export interface FinishedHalf {
  readonly half: ComparedHalf;
  /** Undefined where not even its server was there. */
  readonly record: RunRecord | undefined;
  readonly target: RunTarget | undefined;
  /** Why its folder could not be written. */
  readonly folderProblem: string | undefined;
}

/**
 * One side's half of a round: its server is made ready, loaded as `request` says, and left. What goes wrong with server or
 * disk is in the result; only what is wrong with the request is thrown.
 */
export async function runHalf(
  name: SideName,
  request: RunRequest,
  { sides, metrics, signal, onProgress }: HalfOptions,
): Promise<FinishedHalf> {
  let ended: AbortSignal | undefined;
  let target: RunTarget | undefined;
  try {
    const ready = await sides.begin(name, signal);
    ({ ended } = ready);
    const run = await startRun(
      { ...request, url: ready.url },
      { ...(signal !== undefined && { signal }), onProgress, onTarget: (found) => (target = found) },
    );
    const { record, folderProblem } = run;
    if (record.summary.end.kind === "stopped" && ended !== undefined) await untilSeen(ended);
    return { half: toHalf(run, metrics, ended), record, target, folderProblem };
  } catch (error) {
    return { half: toAbsentHalf(error, signal), record: undefined, target, folderProblem: undefined };
  } finally {
    await sides.finish(name);
  }
}

/** A server that ended takes a moment to be seen to have ended: its last words are read first. */
async function untilSeen(ended: AbortSignal): Promise<void> {
  if (ended.aborted) return;
  const seen = new AbortController();
  const stopWaiting = (): void => seen.abort();
  ended.addEventListener("abort", stopWaiting, { once: true });
  await delay(longestUnseenMs, undefined, { signal: seen.signal }).catch(() => {});
  ended.removeEventListener("abort", stopWaiting);
}

const longestUnseenMs = 500;

function toHalf(
  { record, folder }: FinishedRun,
  metrics: readonly RoundMetric[],
  ended: AbortSignal | undefined,
): ComparedHalf {
  const { summary } = record;
  const toFailure = metrics[0]?.kind === "failure";
  return {
    folder: path.basename(folder),
    ...judgeHalf(record, ended, toFailure),
    completed: summary.completed,
    failed: summary.failed.total,
    windowMs: summary.window.endMs - summary.window.startMs,
    figures: Object.fromEntries(metrics.map((metric) => [metric.name, readRoundFigure(metric, record)])),
    ...(toFailure && { failure: readFailure(record) }),
  };
}

function readRoundFigure(metric: RoundMetric, record: RunRecord): number | null {
  switch (metric.kind) {
    case "failure":
      return readFailureFigure(metric, record);
    case "file-time":
      return readFileTime(record.summary);
    default:
      return readFigure(metric, record.summary);
  }
}

function judgeHalf(
  { verdict, summary, generator }: RunRecord,
  ended: AbortSignal | undefined,
  toFailure: boolean,
): Pick<ComparedHalf, "kind" | "reason"> {
  // Which of the two it was is said where this is quoted.
  const why = (verdict.reasons[0] ?? verdict.sentence).replace(/^The target could not be measured: /, "");
  if (verdict.kind === "interrupted") return { kind: "interrupted", reason: why };
  // How it ended says more than that it could not be reached.
  if (ended?.aborted === true) return { kind: "not-measured", reason: messageOf(ended.reason) };
  if (verdict.kind === "not-measured") return { kind: "not-measured", reason: why };
  // That it fails in the end is what is looked for; one that never answered has not been measured.
  const failed = summary.end.kind === "stopped" && toFailure && summary.completed > 0;
  if (summary.end.kind === "stopped" && !failed)
    return { kind: wasAgreed(summary.end.reason.kind) ? "stopped" : "not-measured", reason: why };
  // Whatever the limits say of it: what a generator could not keep up with is no figure of the server.
  if (!generator.valid) return { kind: "invalid", reason: generator.reasons[0] ?? why };
  return { kind: "measured", reason: null };
}

// A rule that the caller set, and not one that found the server gone.
function wasAgreed(reason: string): boolean {
  return reason.startsWith("too-many-failures") || reason === "error-rate";
}

function toAbsentHalf(error: unknown, signal: AbortSignal | undefined): ComparedHalf {
  const nothing = { folder: null, completed: 0, failed: 0, windowMs: 0, figures: {} };
  if (signal?.aborted === true) return { ...nothing, kind: "interrupted", reason: "Interrupted." };
  if (error instanceof WeirError && error.code === "TARGET_UNREACHABLE")
    return { ...nothing, kind: "not-measured", reason: error.message };
  throw error;
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
