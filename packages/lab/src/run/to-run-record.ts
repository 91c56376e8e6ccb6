import type { LoadPlan, LoadResult, StreamSummary, UnitKind } from "@weir/load";
import { appendSegment, type Schedule } from "@weir/stats";
import { createEmptySummary, noDistribution } from "../record/empty-summary.ts";
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
import type { WrittenSamples } from "../samples/write-samples.ts";
import type { RecordedServer } from "../server-side/server-record.ts";
import { toSizeSlope } from "../record/size-slope.ts";
import { quoteCalibration, type QuotedCalibration } from "../calibrate/calibration.ts";
import { describeWorkload } from "./describe-workload.ts";
import type { PresetChoice, RunRequest, RunTarget, WorkloadRequest } from "./run-request.ts";
import { connectTimeoutMs } from "./to-load-plan.ts";

type StreamFigures = Pick<
  RunSummary,
  | "ttftMs"
  | "ttftFromDueMs"
  | "ttfoMs"
  | "tpotMs"
  | "chunkGapMs"
  | "firstToolCallMs"
  | "completeToolCallMs"
  | "serverMs"
  | "serverQueueMs"
  | "serverInferenceMs"
  | "serverRestMs"
  | "tokens"
>;

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
  /** What was written to samples.parquet; undefined where nothing was. */
  readonly samples: WrittenSamples | undefined;
  /** Undefined where the server was not looked at. */
  readonly server: RecordedServer | undefined;
}

/** Puts everything about a run into the form of run.json. */
export function toRunRecord(parts: RecordParts): RunRecord {
  const { id, request, environment, outcome } = parts;
  const appended = outcome.kind === "ran" ? outcome.result.schedule.appended : [];
  const schedule = appended.reduce((longer, { segment }) => appendSegment(longer, segment), parts.schedule);
  const appendedAtMs = appended.map(({ atMs }) => atMs);
  const summary =
    outcome.kind === "ran"
      ? summarise(outcome.result, request, parts.samples)
      : createEmptySummary(unitsOf[request.workload.kind], outcome);
  const generator = outcome.kind === "ran" ? outcome.result.generator : idleGenerator;
  return {
    schema: runSchemaVersion,
    kind: "run",
    id,
    name: request.name ?? null,
    children: [],
    plan: describePlan(parts),
    schedule: toRecordedSchedule(schedule, appendedAtMs),
    environment,
    generator: { ...generator, calibration: quote(request, schedule, summary) },
    summary,
    server: parts.server ?? null,
    verdict: judgeRun({ summary, generator, limits: request.limits, schedule, requests: request.requests }),
  };
}

/** What is known of our own error at about this load. */
function quote(
  { calibration }: RunRequest,
  schedule: Schedule,
  { chunkGapMs, window, latencyMs, requestsPerSecond }: RunSummary,
): QuotedCalibration | null {
  if (calibration === undefined) return null;
  const seconds = (window.endMs - window.startMs) / 1000;
  const chunksPerSecond = seconds > 0 ? (chunkGapMs?.n ?? 0) / seconds : 0;
  // Without users as many requests are under way as come in the time that one takes (Little's law).
  const users =
    toRecordedSchedule(schedule, []).users || (requestsPerSecond * (latencyMs.service.mean ?? 0)) / 1000;
  return quoteCalibration(calibration, { users, chunksPerSecond }) ?? null;
}

/** What a run counts that never began. */
const unitsOf: Readonly<Record<WorkloadRequest["kind"], UnitKind>> = {
  embeddings: "texts",
  chat: "tokens",
  upload: "files",
  http: "requests",
  scenario: "requests",
  mixed: "requests",
};

const idleGenerator: RecordedGenerator = {
  valid: true,
  judged: false,
  reasons: [],
  eventLoopDelayMs: null,
  lagMs: noDistribution,
  ownLagMs: noDistribution,
  cpu: null,
  workers: [],
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
      errorRate: request.stopErrorRate ?? null,
    },
    warmupMs: request.warmupMs,
    preciseTiming: request.preciseTiming ?? false,
    transport: describeTransport(request),
    limits: request.limits.map((limit) => limit.text),
    preset: request.preset === undefined ? null : toRecordedPreset(request.preset),
  };
}

function describeTransport(request: RunRequest): RecordedPlan["transport"] {
  const { ca, insecure, httpVersion, firstByteTimeoutMs, maxConnections, retries } = request.connection ?? {};
  return {
    headerNames: Object.keys(request.headers),
    connectTimeoutMs: connectTimeoutMs(request),
    timeoutMs: request.timeoutMs,
    firstByteTimeoutMs: firstByteTimeoutMs ?? null,
    httpVersion: httpVersion ?? "1.1",
    certificates: insecure === true ? "any" : ca === undefined ? "usual" : "own",
    maxConnections: maxConnections ?? null,
    retries: retries ?? 0,
  };
}

function toRecordedPreset({ name, metric }: PresetChoice): RecordedPlan["preset"] {
  return { name, metric: metric ?? null };
}

function summarise(
  result: LoadResult,
  { workload }: RunRequest,
  samples: WrittenSamples | undefined,
): RunSummary {
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
    ...toStreamFigures(result.streams, perSecond),
    bySize: toSizeSlope(workload, result.bySize),
    turns: result.turns ?? null,
    parts: result.parts ?? null,
    retries: result.retries ?? null,
    connections: result.connections,
    warnings: result.warnings,
    samples: samples ?? null,
    attainment: result.attainment ?? null,
    untilFirstFailure: result.untilFirstFailure ?? null,
    cutOff,
    cutOffs: result.cutOffs ?? null,
    silence: result.silence ?? null,
    measured: result.measured,
    warmUp: result.warmUp,
    checks: { ...checks, truncationKnownOf: truncated.knownOf, tallies: checks.tallies ?? {} },
    end: result.end,
  };
}

function toStreamFigures(
  { tokens, usageKnownOf, ...times }: StreamSummary,
  perSecond: (count: number) => number,
): StreamFigures {
  return {
    ...times,
    tokens:
      usageKnownOf === 0 ? null : { ...tokens, usageKnownOf, outputPerSecond: perSecond(tokens.output) },
  };
}
