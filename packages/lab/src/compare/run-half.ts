import { WeirError } from "@weir/protocol";
import type { LoadProgress } from "@weir/load";
import path from "node:path";
import type { RunRecord } from "../record/run-record.ts";
import type { RunRequest, RunTarget } from "../run/run-request.ts";
import { startRun, type FinishedRun } from "../run/start-run.ts";
import type { ComparedHalf, SideName } from "./compare-record.ts";
import { readFigure, type ComparedMetric } from "./compared-metric.ts";
import type { OpenSides } from "./open-sides.ts";

export interface HalfOptions {
  readonly sides: OpenSides;
  readonly metrics: readonly ComparedMetric[];
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
    return { half: toHalf(run, metrics, ended), record, target, folderProblem };
  } catch (error) {
    return { half: toAbsentHalf(error, signal), record: undefined, target, folderProblem: undefined };
  } finally {
    await sides.finish(name);
  }
}

function toHalf(
  { record, folder }: FinishedRun,
  metrics: readonly ComparedMetric[],
  ended: AbortSignal | undefined,
): ComparedHalf {
  const { summary } = record;
  return {
    folder: path.basename(folder),
    ...judgeHalf(record, ended),
    completed: summary.completed,
    failed: summary.failed.total,
    windowMs: summary.window.endMs - summary.window.startMs,
    figures: Object.fromEntries(metrics.map((metric) => [metric.name, readFigure(metric, summary)])),
  };
}

function judgeHalf(
  { verdict, summary, generator }: RunRecord,
  ended: AbortSignal | undefined,
): Pick<ComparedHalf, "kind" | "reason"> {
  // Which of the two it was is said where this is quoted.
  const why = (verdict.reasons[0] ?? verdict.sentence).replace(/^The target could not be measured: /, "");
  if (verdict.kind === "interrupted") return { kind: "interrupted", reason: why };
  // How it ended says more than that it could not be reached.
  if (ended?.aborted === true) return { kind: "not-measured", reason: messageOf(ended.reason) };
  if (verdict.kind === "not-measured") return { kind: "not-measured", reason: why };
  if (summary.end.kind === "stopped")
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
