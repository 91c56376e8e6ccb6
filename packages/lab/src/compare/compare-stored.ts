import path from "node:path";
import { readFigure, chooseMetrics, choosePrimary, type ComparedMetric } from "./compared-metric.ts";
import { runSchemaVersion, type RunRecord } from "../record/run-record.ts";
import { writeRecord } from "../record/write-record.ts";
import { createRunFolder } from "../run/run-folder.ts";
import { findDistribution } from "../record/judge-limit.ts";
import {
  compareExitCodes,
  type CompareRecord,
  type ComparedHalf,
  type ComparedSide,
  type MetricComparison,
  type SideName,
} from "./compare-record.ts";
import { findDifferences } from "./find-differences.ts";
import { isPlain, judgeStored } from "./judge-stored.ts";
import { readStoredRun, type StoredRun } from "./read-stored-run.ts";
import type { FinishedCompare } from "./start-compare.ts";
import { toBlockInterval, toBlocks } from "./stored-blocks.ts";

/** Two runs that took place already. */
export interface StoredCompareRequest {
  /** Folders of runs, or their run.json. */
  readonly a: string;
  readonly b: string;
  /** @default ttft.p50 where both have it, else response.p50 */
  readonly metric?: ComparedMetric | undefined;
  /** As of a live comparison. */
  readonly delta: number;
  readonly outDirectory: string;
  readonly name: string | undefined;
}

/**
 * Holds two stored runs against each other and records that. They are not interleaved, which bounds what can be said: see
 * {@link judgeStored}. Throws USAGE where one of them is no run.
 */
export async function compareStored(request: StoredCompareRequest): Promise<FinishedCompare> {
  const [a, b] = [await readStoredRun(request.a), await readStoredRun(request.b)];
  const startedAt = new Date();
  const folder = await createRunFolder(request.outDirectory, startedAt);
  const children = [a, b].map((run) => path.relative(folder.path, run.folder));
  const record = toStoredRecord(request, a, b, { id: folder.id, children, startedAt });
  const folderProblem = await writeRecord(folder, record);
  return { record, folder: folder.path, folderProblem, exitCode: compareExitCodes[record.verdict.kind] };
}

function toStoredRecord(
  request: StoredCompareRequest,
  a: StoredRun,
  b: StoredRun,
  { id, children, startedAt }: { id: string; children: readonly string[]; startedAt: Date },
): CompareRecord {
  const workload = { kind: a.record.plan.workload.kind, stream: a.record.summary.ttftMs !== null };
  // Of a workload no more is asked than what it is and whether it streams.
  const like = { workload } as Parameters<typeof choosePrimary>[0];
  const primary = request.metric ?? choosePrimary(like);
  const all = chooseMetrics(primary, like).map((metric) => compareFigure(metric, a, b, metric === primary));
  const metrics = all.filter(({ primary, change }) => primary || change !== null);
  const sides = { a: toSide("A", a.record), b: toSide("B", b.record) };
  const verdict = judgeStored({
    primary: metrics[0]!,
    ...sides,
    invalid: [...findInvalid("A", a.record), ...findInvalid("B", b.record)],
    plain: arePlainlyApart(primary, a, b),
    differences: findDifferences(a.record, b.record),
  });
  const { plan, environment, schedule } = a.record;
  const halves = {
    a: toHalf(children[0]!, a.record, "a", metrics),
    b: toHalf(children[1]!, b.record, "b", metrics),
  };
  return {
    schema: runSchemaVersion,
    kind: "compare",
    id,
    name: request.name ?? null,
    children,
    plan: {
      interleaved: false,
      against: "another",
      metric: primary.name,
      delta: request.delta,
      minRounds: 1,
      maxRounds: 1,
      halfMs: plan.stop.durationMs,
      halfRequests: plan.stop.requests,
      warmupMs: plan.warmupMs,
      seed: schedule.seed,
      limits: plan.limits,
      oneAtATime: false,
    },
    sides,
    // The machine is that of A, the time that of the comparison: it is a new record.
    environment: { ...environment, startedAt: startedAt.toISOString() },
    rounds: [
      {
        order: a.record.environment.startedAt <= b.record.environment.startedAt ? "ab" : "ba",
        ...halves,
        counts: false,
        reason: "the two are not interleaved",
        change: null,
      },
    ],
    metrics,
    roundsMore: null,
    smallestSeen: null,
    verdict,
  };
}

function compareFigure(
  metric: ComparedMetric,
  a: StoredRun,
  b: StoredRun,
  primary: boolean,
): MetricComparison {
  const [ofA, ofB] = [readFigure(metric, a.record.summary), readFigure(metric, b.record.summary)];
  const known = ofA !== null && ofB !== null && ofA > 0 && ofB > 0;
  const change = known ? ofB / ofA - 1 : null;
  const blocksOf = ({ slices, record }: StoredRun): readonly number[] | null =>
    toBlocks(metric, slices, record.summary.window);
  return {
    name: metric.name,
    unit: metric.kind === "time" ? "ms" : "per-second",
    better: metric.better,
    primary,
    a: ofA,
    b: ofB,
    change,
    interval: change === null ? null : toBlockInterval(blocksOf(a), blocksOf(b), change),
    rounds: change === null ? 0 : 1,
  };
}

function arePlainlyApart(metric: ComparedMetric, a: StoredRun, b: StoredRun): boolean {
  const [ofA, ofB] = [rangeOf(metric, a), rangeOf(metric, b)];
  return ofA !== null && ofB !== null && isPlain({ a: ofA, b: ofB });
}

// Of times, from the figure itself up to that of 95 % of the requests; of rates, from the worst tenth to the best.
function rangeOf(
  metric: ComparedMetric,
  { record, slices }: StoredRun,
): { readonly value: number; readonly low: number; readonly high: number } | null {
  const value = readFigure(metric, record.summary);
  if (value === null) return null;
  if (metric.kind === "time") {
    const high = findDistribution(metric.metric, record.summary)?.p95;
    return high === null || high === undefined ? null : { value, low: value, high: Math.max(high, value) };
  }
  const blocks = toBlocks(metric, slices, record.summary.window);
  return blocks === null ? null : { value, low: Math.min(...blocks), high: Math.max(...blocks) };
}

function findInvalid(label: string, { generator, verdict }: RunRecord): readonly string[] {
  if (!generator.valid) return [`${label}: ${generator.reasons[0] ?? "the generator was too slow"}`];
  if (verdict.kind === "interrupted" || verdict.kind === "stopped")
    return [`${label} was ${verdict.kind === "stopped" ? "stopped early" : "interrupted"}`];
  return [];
}

function toSide(label: string, record: RunRecord): ComparedSide {
  const { summary, plan, environment, verdict } = record;
  const { failed, completed, units } = summary;
  const ended = failed.total + completed;
  return {
    label,
    url: plan.url,
    start: null,
    toggle: null,
    workload: plan.workload,
    info: environment.target.info,
    unit: units.kind,
    completed,
    failed: {
      total: failed.total,
      byKind: Object.fromEntries(Object.entries(failed.byKind).map(([kind, { count }]) => [kind, count])),
    },
    failedShare: ended === 0 ? null : failed.total / ended,
    missedLimits: verdict.kind === "limit-missed" ? verdict.reasons : [],
  };
}

function toHalf(
  folder: string,
  record: RunRecord,
  side: SideName,
  metrics: readonly MetricComparison[],
): ComparedHalf {
  const { summary } = record;
  return {
    folder,
    kind: "measured",
    reason: null,
    completed: summary.completed,
    failed: summary.failed.total,
    windowMs: summary.window.endMs - summary.window.startMs,
    figures: Object.fromEntries(metrics.map((metric) => [metric.name, metric[side]])),
  };
}
