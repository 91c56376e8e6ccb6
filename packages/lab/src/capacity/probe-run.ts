import { createSchedule, shareEvidence, type CapacityProbe, type ProbePurpose } from "@weir/stats";
import { formatShare } from "../record/format-number.ts";
import type { FinishedRun } from "../run/start-run.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { Limit } from "../record/limit.ts";
import type { RunSummary } from "../record/run-record.ts";
import type { CapacityProbeRecord } from "./capacity-record.ts";
import { findErrorsLimit } from "./capacity-limits.ts";
import type { CapacityRequest } from "./capacity-request.ts";
import { describeLevel } from "./describe-capacity.ts";
import { judgeLoad } from "./judge-load.ts";
import { judgeBacklog, judgeProbe, limitedTime, type JudgedProbe } from "./judge-probe.ts";
import type { EarlyEnd } from "./watch-probe.ts";

/** A probe that is to be made. */
export interface ProbePlan {
  readonly number: number;
  readonly level: number;
  readonly of: "users" | "rate";
  readonly purpose: ProbePurpose | "baseline";
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly limits: readonly Limit[];
}

/** The run of a probe, in the folder of the search. */
export function toProbeRequest(
  { run, pace, arrivals = { kind: "poisson" } }: CapacityRequest,
  probe: ProbePlan,
  outDirectory: string,
): RunRequest {
  const { level, of } = probe;
  const segment =
    of === "users"
      ? ({ kind: "users", from: level, to: level, durationMs: null } as const)
      : ({ kind: "rate", fromPerSecond: level, toPerSecond: level, durationMs: null, arrivals } as const);
  return {
    ...run,
    users: of === "users" ? level : 1,
    schedule: createSchedule({ seed: run.seed, segments: [segment], ...(of === "users" && { pace }) }),
    durationMs: probe.durationMs,
    warmupMs: probe.warmupMs,
    requests: undefined,
    limits: probe.limits,
    preset: undefined,
    outDirectory,
    name: `probe ${probe.number}: ${describeLevel(level, of)}`,
  };
}

/** What came of a probe: for the search, and for the record. */
export interface ProbeResult {
  readonly outcome: CapacityProbe["outcome"];
  readonly record: CapacityProbeRecord;
}

/** Speaks for a miss as clearly as anything. */
const lostEvidence = 9;
const drowningEvidence = 2;
/** Below this a probe says nothing by itself, as in the search. */
const clearEvidence = 1;

export function toProbeResult(
  probe: ProbePlan,
  finished: FinishedRun,
  child: string,
  early: EarlyEnd | undefined,
): ProbeResult {
  const { summary } = finished.record;
  const { response } = summary.latencyMs;
  const ended = summary.completed + summary.failed.total;
  const judged = judge(probe, finished, early);
  return {
    outcome: judged.outcome,
    record: {
      child,
      level: probe.level,
      purpose: probe.purpose,
      outcome: judged.name,
      evidence: judged.outcome.kind === "judged" ? judged.outcome.evidence : null,
      bindingLimit: judged.bindingLimit,
      figure: judged.figure,
      limitedMs: limitedTime(probe.limits, summary),
      durationMs: Math.max(0, summary.window.endMs - summary.window.startMs),
      endedEarly: early?.why ?? null,
      requests: summary.completed,
      requestsPerSecond: summary.requestsPerSecond,
      unitsPerSecond: summary.units.perSecond,
      p50Ms: response.p50,
      p95Ms: response.p95,
      ttftP50Ms: summary.ttftMs?.p50 ?? null,
      ttftP95Ms: summary.ttftMs?.p95 ?? null,
      errorShare: ended === 0 ? 0 : summary.failed.total / ended,
    },
  };
}

interface Judgement {
  readonly outcome: CapacityProbe["outcome"];
  readonly name: CapacityProbeRecord["outcome"];
  readonly bindingLimit: string | null;
  readonly figure: string | null;
}

function judge(probe: ProbePlan, finished: FinishedRun, early: EarlyEnd | undefined): Judgement {
  const { summary, generator, verdict } = finished.record;
  const { end } = summary;
  if (end.kind === "not-started") return notJudged("lost", verdict.sentence);
  const reason = end.kind === "stopped" ? end.reason.kind : undefined;
  // Also where a probe was too short for the rule that says so: not one answer, and nothing but failures.
  const isLost = summary.completed === 0 && summary.failed.total > 0;
  if (isLost || reason === "target-lost" || reason === "target-unreachable")
    return miss("lost", "keeps working", "nothing was answered any more");
  if (end.kind === "stopped")
    return miss("miss", findErrorsLimit(probe.limits).text, `${formatShare(end.at.failureShare)} failed`);
  const refused = judgeRefusals(summary, probe.limits);
  if (refused !== undefined) return refused;
  const invalid = judgeLoad(generator, summary, probe.limits);
  if (invalid !== undefined)
    return { outcome: { kind: "invalid" }, name: "invalid", bindingLimit: null, figure: invalid };
  const backlog =
    early?.kind === "drowning" ? drowned(early) : probe.of === "rate" ? judgeBacklog(summary) : undefined;
  const judged = judgeProbe(summary, probe.limits);
  const decisive =
    backlog !== undefined && (judged.kind === "unknown" || judged.evidence < backlog.evidence)
      ? backlog
      : judged;
  if (decisive.kind === "unknown") return notJudged("not-judged", decisive.why);
  const { evidence, bindingLimit, figure } = decisive;
  const name = Math.abs(evidence) < clearEvidence ? "unclear" : evidence > 0 ? "miss" : "pass";
  return { outcome: { kind: "judged", evidence }, name, bindingLimit, figure };
}

/**
 * Refusals come from the server: they are too many however late the generator is, which they may well have made late,
 * as a user who is refused asks again at once.
 */
function judgeRefusals({ completed, failed }: RunSummary, limits: readonly Limit[]): Judgement | undefined {
  const limit = findErrorsLimit(limits);
  const refused = Object.entries(failed.byKind)
    .filter(([kind]) => kind.startsWith("http-"))
    .reduce((sum, [, { count }]) => sum + count, 0);
  const ended = completed + failed.total;
  if (shareEvidence(refused, ended, Math.max(1e-4, limit.share)) < lostEvidence) return undefined;
  return miss("miss", limit.text, `${formatShare(failed.total / ended)} failed`);
}

type Decision = Extract<JudgedProbe, { kind: "judged" }>;

/** A queue that grew for so long may still have been chance: it counts for less than a limit that was missed. */
function drowned({ why }: EarlyEnd): Decision {
  return { kind: "judged", evidence: drowningEvidence, bindingLimit: "keeps up", figure: why };
}

function miss(name: "lost" | "miss", bindingLimit: string, figure: string): Judgement {
  return { outcome: { kind: "judged", evidence: lostEvidence }, name, bindingLimit, figure };
}

function notJudged(name: "lost" | "not-judged", figure: string): Judgement {
  return { outcome: { kind: "unknown" }, name, bindingLimit: null, figure };
}
