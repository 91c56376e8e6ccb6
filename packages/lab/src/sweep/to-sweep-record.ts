import { runSchemaVersion, type RunEnvironment } from "../record/run-record.ts";
import { toCaseFigures, type CaseFigures } from "./case-figures.ts";
import { toConfigSnippet } from "./config-snippet.ts";
import { settle } from "./confirmation.ts";
import type { VectorFindings } from "./judge-vectors.ts";
import { judgeSweep } from "./judge-sweep.ts";
import { projectTimes } from "./project-times.ts";
import { raiseRedFlags } from "./raise-red-flags.ts";
import { pickSettings, type SettingsPick } from "./recommend.ts";
import type { SourceFlags } from "./source-flags.ts";
import type { SweepCase } from "./sweep-case.ts";
import type { SweepEnd, SweepPlan, SweepRecord, SweepSummary } from "./sweep-record.ts";
import type { SweepVisit } from "./sweep-visit.ts";

/** Everything that is known of a sweep, at its end or on the way. */
export interface SweepParts {
  readonly id: string;
  readonly name: string | null;
  readonly children: readonly string[];
  readonly environment: RunEnvironment;
  readonly plan: SweepPlan;
  readonly source: SourceFlags;
  readonly cases: readonly SweepCase[];
  readonly visits: readonly SweepVisit[];
  /** With those of the confirmation, as far as it is known what there is to confirm. */
  readonly visitsPlanned: number;
  readonly elapsedMs: number;
  readonly vectors: VectorFindings | null;
  readonly end: SweepEnd;
  readonly resumedAt: readonly string[];
}

const unitOf = { embeddings: "texts", chat: "tokens", image: "files", pdf: "files" } as const;

/** What the matrix speaks for. */
export function picksOf(
  plan: SweepPlan,
  cases: readonly SweepCase[],
  visits: readonly SweepVisit[],
): SettingsPick[] {
  return pickSettings(plan.matrix.kind, toCaseFigures(cases, visits), plan.thresholds.p95Ms);
}

/** Puts everything about a sweep into the form of its run.json. */
export function toSweepRecord(parts: SweepParts): SweepRecord {
  const { id, name, children, environment, plan, visits, vectors, resumedAt } = parts;
  const figures = toCaseFigures(parts.cases, visits);
  const summary = summarise(parts);
  const recommendations = picksOf(plan, parts.cases, visits).map((pick) =>
    settle(pick, plan.baseline, visits, plan.thresholds.p95Ms),
  );
  const redFlags = raiseRedFlags(contextOf(parts, figures, summary.unit));
  const invalidVisits = visits.filter(({ generator }) => generator === "invalid").length;
  return {
    schema: runSchemaVersion,
    kind: "sweep",
    id,
    name,
    children,
    plan,
    environment,
    summary,
    cases: figures,
    redFlags,
    recommendations,
    config: toConfigSnippet(recommendations),
    projections: recommendations
      .filter(({ uses }) => !uses.includes("latency"))
      .map((each) => ({
        uses: each.uses,
        input: each.input,
        choice: each.choice,
        times: projectTimes(each),
      })),
    vectors,
    visits,
    resumedAt,
    verdict: judgeSweep({ summary, recommendations, redFlags, invalidVisits }),
  };
}

function summarise({ plan, visits, visitsPlanned, elapsedMs, end }: SweepParts): SweepSummary {
  const sum = (of: (visit: SweepVisit) => number): number =>
    visits.reduce((total, visit) => total + of(visit), 0);
  const [completed, units] = [sum((visit) => visit.completed), sum((visit) => visit.units)];
  return {
    // A server that counts no tokens has requests at least.
    unit: completed > 0 && units === 0 ? "requests" : unitOf[plan.matrix.kind],
    visitsPlanned: Math.max(visitsPlanned, visits.length),
    visitsMeasured: visits.length,
    requests: sum((visit) => visit.requests),
    completed,
    failed: sum((visit) => visit.failed),
    elapsedMs,
    end,
  };
}

function contextOf(
  { plan, source, environment, vectors }: SweepParts,
  figures: readonly CaseFigures[],
  unit: string,
): Parameters<typeof raiseRedFlags>[0] {
  const { hostname, protocol, host } = new URL(plan.url);
  const isLocal = protocol === "http+unix:" || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return {
    kind: plan.matrix.kind,
    source,
    unit,
    thresholds: plan.thresholds,
    vectors,
    figures,
    info: environment.target.info,
    host: protocol === "http+unix:" ? "a socket of this machine" : host,
    isLocal,
    loadAverage: environment.loadAverage,
    cores: environment.cpu.cores,
    timeoutMs: plan.timeoutMs,
  };
}
