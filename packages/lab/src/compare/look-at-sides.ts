import type { SideName } from "./compare-record.ts";
import type { CompareEnd } from "./judge-comparison.ts";
import type { RoundMetric } from "./failure-metrics.ts";
import type { CompareMeans } from "./measurement.ts";
import { chooseHalfMs, pinTarget, toLongLook, toLook } from "./plan-halves.ts";
import { runHalf, type FinishedHalf } from "./run-half.ts";
import { explainAbsence, findDistribution } from "../record/judge-limit.ts";
import type { RunSummary } from "../record/run-record.ts";
import type { RunRequest } from "../run/run-request.ts";

/**
 * A short load on each side before the first round. It wakes servers up, finds out what they speak and, where that is left
 * open, how long halves must be. Gives why there is nothing to compare where one of them cannot be measured.
 */
export async function lookAtSides(means: CompareMeans): Promise<CompareEnd | undefined> {
  const { request, measurement, signal } = means;
  const perSecond: number[] = [];
  for (const side of ["a", "b"] as const) {
    if (signal?.aborted === true) return { kind: "interrupted" };
    const looked = await look(side, means);
    measurement.noteHalf(side, looked, false);
    const { half, record, target } = looked;
    if (half.kind === "interrupted") return { kind: "interrupted" };
    if (half.kind === "not-measured" || half.kind === "stopped")
      return { kind: half.kind, label: request[side].label, round: 0, reason: half.reason ?? half.kind };
    const reason = record === undefined ? undefined : explainMissing(measurement.primary, record.summary);
    if (reason !== undefined) return { kind: "no-figure", reason: `${request[side].label}: ${reason}` };
    const run = measurement.runs[side];
    if (target !== undefined) measurement.runs[side] = { ...run, workload: pinTarget(run.workload, target) };
    perSecond.push(record?.summary.requestsPerSecond ?? 0);
  }
  if (request.halfLength === "measured") measurement.halfMs = chooseHalfMs(perSecond);
  return undefined;
}

// More rounds or longer halves have no more of a time that these answers do not have at all.
function explainMissing(metric: RoundMetric, summary: RunSummary): string | undefined {
  if (metric.kind !== "time" || summary.completed === 0) return undefined;
  if (findDistribution(metric.metric, summary) !== null) return undefined;
  return `${explainAbsence(metric.metric, summary)}, so there is no ${metric.name}. Every answer has a response.p50 (--metric)`;
}

async function look(side: SideName, means: CompareMeans): Promise<FinishedHalf> {
  const run = measuredRun(side, means);
  const first = await load(side, toLook(run), means);
  // One that takes longer than that for an answer has not shown anything yet.
  const { record } = first;
  const showedNothing = record?.summary.completed === 0 && record.summary.failed.total === 0;
  if (!showedNothing || record.verdict.kind === "interrupted" || record.summary.end.kind !== "finished")
    return first;
  means.measurement.noteHalf(side, first, false);
  return await load(side, toLongLook(run), means);
}

function measuredRun(side: SideName, { measurement, request }: CompareMeans): RunRequest {
  return { ...measurement.runs[side], name: `look at ${request[side].label}` };
}

async function load(side: SideName, request: RunRequest, means: CompareMeans): Promise<FinishedHalf> {
  const { measurement, sides, signal, onProgress } = means;
  const now = { round: 0, side, leftAtMostMs: undefined };
  onProgress(measurement.toProgress({ ...now, phase: "preparing" }));
  return await runHalf(side, request, {
    sides,
    metrics: measurement.metrics,
    signal,
    onProgress: (progress) =>
      onProgress(measurement.toProgress({ ...now, phase: "looking", load: progress })),
  });
}
