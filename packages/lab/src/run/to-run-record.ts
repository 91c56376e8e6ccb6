import type { LoadPlan, LoadResult, StreamSummary } from "@weir/load";
import { Histogram, toDistribution, type Schedule } from "@weir/stats";
import { toRecordedSchedule } from "../record/describe-schedule.ts";
import { judgeRun } from "../record/judge-run.ts";
import {
  runSchemaVersion,
  type RecordedGenerator,
  type RecordedPlan,
  type RunEnvironment,
  type RunRecord,
  type RunSummary,
} from "../record/run-record.ts";
import { describeWorkload } from "./describe-workload.ts";
import type { RunRequest, RunTarget } from "./run-request.ts";
import { connectTimeoutMs } from "./to-load-plan.ts";

const nothing = toDistribution(new Histogram());
const noStreams: Pick<RunSummary, "ttftMs" | "ttfoMs" | "tpotMs" | "chunkGapMs" | "serverMs"> = {
  ttftMs: null,
  ttfoMs: null,
  tpotMs: null,
  chunkGapMs: null,
  serverMs: null,
};

export interface RecordParts {
  readonly id: string;
  readonly request: RunRequest;
  readonly target: RunTarget | undefined;
  readonly schedule: Schedule;
  readonly plan: LoadPlan | undefined;
  readonly environment: RunEnvironment;
  /** What was measured, or why nothing was. */
  readonly outcome:
    | { readonly kind: "ran"; readonly result: LoadResult }
    | { readonly kind: "not-started"; readonly message: string }
    | { readonly kind: "interrupted" };
}

/** Puts everything about a run into the form of run.json. */
export function toRunRecord(parts: RecordParts): RunRecord {
  const { id, request, schedule, environment, outcome } = parts;
  const summary = outcome.kind === "ran" ? summarise(outcome.result) : summariseNothing(outcome);
  const generator = outcome.kind === "ran" ? outcome.result.generator : idleGenerator;
  return {
    schema: runSchemaVersion,
    kind: "run",
    id,
    name: request.name ?? null,
    children: [],
    plan: describePlan(parts),
    schedule: toRecordedSchedule(schedule),
    environment,
    generator: { ...generator },
    summary,
    verdict: judgeRun({ summary, generator, limits: request.limits, schedule }),
  };
}

const idleGenerator: RecordedGenerator = {
  valid: true,
  reasons: [],
  eventLoopDelayMs: null,
  lagMs: nothing,
  cpu: null,
};

function describePlan({ request, target, plan }: RecordParts): RecordedPlan {
  return {
    url: request.url,
    workload: describeWorkload(request.workload, target, plan),
    stop: {
      durationMs: request.durationMs ?? null,
      requests: request.requests ?? null,
      failures: request.stopFailures ?? null,
      failuresInARow: request.stopFailuresInARow ?? null,
    },
    warmupMs: request.warmupMs,
    preciseTiming: request.preciseTiming ?? false,
    transport: {
      headerNames: Object.keys(request.headers),
      connectTimeoutMs: connectTimeoutMs(request),
      timeoutMs: request.timeoutMs,
    },
    limits: request.limits.map((limit) => limit.text),
  };
}

function summarise(result: LoadResult): RunSummary {
  const { counts, window, checks } = result;
  const { offered, sent, completed, failed, units, truncated, cutOff } = counts;
  const seconds = (window.endMs - window.startMs) / 1000;
  const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0);
  return {
    offered,
    sent,
    completed,
    failed,
    truncated: truncated.knownOf === 0 ? null : truncated.total,
    window,
    requestsPerSecond: perSecond(completed),
    units: { kind: result.unit, total: units, perSecond: perSecond(units) },
    latencyMs: result.latencyMs,
    ...toStreamFigures(result.streams),
    attainment: result.attainment ?? null,
    untilFirstFailure: result.untilFirstFailure ?? null,
    cutOff,
    warmUp: result.warmUp,
    checks: { ...checks, truncationKnownOf: truncated.knownOf },
    end: result.end,
  };
}

function toStreamFigures({ ttftMs, ttfoMs, tpotMs, chunkGapMs, serverMs }: StreamSummary): typeof noStreams {
  return { ttftMs, ttfoMs, tpotMs, chunkGapMs, serverMs };
}

function summariseNothing(outcome: Exclude<RecordParts["outcome"], { kind: "ran" }>): RunSummary {
  return {
    offered: 0,
    sent: 0,
    completed: 0,
    failed: { total: 0, byKind: {} },
    truncated: null,
    window: { startMs: 0, endMs: 0 },
    requestsPerSecond: 0,
    units: { kind: "texts", total: 0, perSecond: 0 },
    latencyMs: { service: nothing, response: nothing, lag: nothing },
    ...noStreams,
    attainment: null,
    untilFirstFailure: null,
    cutOff: 0,
    warmUp: { completed: 0, failed: 0 },
    checks: { examined: 0, failed: 0, truncationKnownOf: 0 },
    end: outcome,
  };
}
