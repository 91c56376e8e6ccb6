import { toDistribution, type Schedule } from "@weir/stats";
import { OutcomeRecorder } from "../recording/outcome-recorder.ts";
import { PhaseRecorder, type EncodedPhase } from "../recording/phase-recorder.ts";
import { defaultMaxConnections } from "./create-driver.ts";
import { describeConnections, describeMachineLimits } from "./describe-connections.ts";
import { judgeWorkers } from "./judge-workers.ts";
import { toAttainment, type Attainment } from "./load-driver.ts";
import { findSilence } from "./find-silence.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { LoadResult, RunEnd, UntilFirstFailure } from "./load-result.ts";
import { mergeChecks } from "./merge-checks.ts";
import { mergeSlices } from "./merge-slices.ts";
import type { PartResult } from "./part-result.ts";
import { mergeHistograms } from "./progress-view.ts";

const quiet = { raised: false, raise: (): void => {} };

/** Everything that the workers of a run found out, as one result. The same path for one worker and for many. */
export function toLoadResult(
  plan: LoadPlan,
  schedule: Schedule,
  startedAt: string,
  parts: readonly PartResult[],
): LoadResult {
  const { workload } = parts[0]!;
  // A worker whose share was over before the window has seen warm-up only.
  const inWindow = parts.some((part) => part.inWindow);
  const phases = parts.map((part) => (inWindow ? part.window : part.warmUp));
  const phase = mergePhases(phases, workload.parts.length);
  const warmUp = mergePhases(inWindow ? parts.map((part) => part.warmUp) : [], 0);
  const latencyMs = phase.whole.latencies();
  const counts = phase.counts();
  const opened = sum(parts, (part) => part.connectionsOpened);
  const sent = sum(parts, (part) => part.requestsSent);
  const lostWhileIdle = sum(parts, (part) => part.connectionsLostWhileIdle);
  const window = {
    startMs: inWindow ? plan.warmupMs : 0,
    endMs: Math.max(...parts.map((part) => part.endMs)),
  };
  const slices = mergeSlices(parts.map((part) => part.slices));
  const seen = toDistribution(phase.whole.responseMs);
  const connections = { opened, reused: Math.max(0, sent - opened), lostWhileIdle };
  const machineLimits = describeMachineLimits(counts.failed);
  return {
    startedAt,
    end: mergeEnds(parts),
    unit: workload.unit,
    preparedRequests: workload.requests,
    window,
    counts,
    latencyMs,
    measured: inWindow ? "window" : "warm-up",
    cutOffs: phase.cutOffs() ?? undefined,
    silence:
      schedule.kind === "closed-loop" ? findSilence(slices, window, seen.p99 ?? seen.max ?? 0) : undefined,
    turns: phase.turns(),
    parts: phase.parts(workload.parts),
    retries: (plan.transport.retries ?? 0) === 0 ? undefined : phase.retrySummary(),
    streams: phase.whole.streams(),
    bySize: phase.whole.bySize(),
    attainment: mergeAttainment(parts),
    untilFirstFailure: toUntilFirstFailure(phases),
    warmUp: { completed: warmUp.whole.completed, failed: warmUp.whole.failures.total },
    checks: mergeChecks(parts.map((part) => part.workload.checks)),
    generator: judgeWorkers(parts, phases, latencyMs.lag, machineLimits),
    connections,
    warnings: [
      ...describeConnections({
        counts: connections,
        most: mostConnections(plan, schedule),
        waitMs: toDistribution(mergeHistograms(parts.map((part) => part.generator.connectionWaitMs))),
        offered: counts.offered,
      }),
      ...machineLimits,
    ],
    schedule: { hash: schedule.hash, appended: parts[0]!.appended },
    samples: parts[0]!.samples === undefined ? undefined : parts.flatMap((part) => part.samples ?? []),
    slices,
  };
}

function mergePhases(phases: readonly EncodedPhase[], kinds: number): PhaseRecorder {
  const merged = new PhaseRecorder(kinds, quiet);
  for (const phase of phases) merged.merge(phase);
  return merged;
}

function mergeEnds(parts: readonly PartResult[]): RunEnd {
  for (const { end } of parts) {
    if (end.kind !== "stopped") continue;
    const failed = sum(
      parts,
      (part) => part.warmUp.whole.counts.failed.total + part.window.whole.counts.failed.total,
    );
    const completed = sum(
      parts,
      (part) => part.warmUp.whole.counts.completed + part.window.whole.counts.completed,
    );
    const requests = completed + failed;
    const at = { users: sum(parts, (part) => part.users), requests, failed, failureShare: failed / requests };
    return { kind: "stopped", reason: end.reason, at };
  }
  const finished = parts.map((part) => part.end).filter((end) => end.kind === "finished");
  if (finished.length < parts.length) return { kind: "interrupted" };
  const ways = finished.map((end) => end.by);
  const by = (["duration", "requests"] as const).find((way) => ways.includes(way)) ?? "schedule";
  return { kind: "finished", by };
}

function mergeAttainment(parts: readonly PartResult[]): Attainment | undefined {
  const given = parts.map((part) => part.attainment).filter((attainment) => attainment !== undefined);
  if (given.length === 0) return undefined;
  return toAttainment(
    given.reduce((total, { slots }) => total + slots, 0),
    given.reduce((total, { attained }) => total + attained, 0),
  );
}

function toUntilFirstFailure(phases: readonly EncodedPhase[]): UntilFirstFailure | undefined {
  const failedMs = phases.map((phase) => phase.firstFailureMs).filter((ms) => ms !== null);
  if (failedMs.length === 0) return undefined;
  const before = phases.map((phase) => phase.beforeFailure).filter((kept) => kept !== null);
  const merged = new OutcomeRecorder();
  for (const { latencyMs } of before) merged.mergeLatencies(latencyMs);
  return {
    endMs: Math.min(...failedMs),
    completed: before.reduce((total, { completed }) => total + completed, 0),
    units: before.reduce((total, { units }) => total + units, 0),
    latencyMs: merged.latencies(),
  };
}

function mostConnections(plan: LoadPlan, schedule: Schedule): number {
  return schedule.kind === "open-loop"
    ? (plan.transport.maxConnections ?? defaultMaxConnections)
    : schedule.users;
}

function sum(parts: readonly PartResult[], of: (part: PartResult) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}
