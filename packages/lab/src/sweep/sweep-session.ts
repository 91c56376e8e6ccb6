import { writeRecord } from "../record/write-record.ts";
import type { RunEnvironment } from "../record/run-record.ts";
import type { RunFolder } from "../run/run-folder.ts";
import { startRun, type FinishedRun } from "../run/start-run.ts";
import { CaseWorkloads } from "./case-workload.ts";
import { usersOf, type SweepSettings } from "./sweep-case.ts";
import { toSourceFlags } from "./source-flags.ts";
import type { SweepEnd, SweepPlan, SweepRecord } from "./sweep-record.ts";
import type { VectorFindings } from "./judge-vectors.ts";
import type { SweepRequest, SweepSource } from "./sweep-request.ts";
import { toRunRequest } from "./sweep-target.ts";
import type { SweepVisit } from "./sweep-visit.ts";
import { TimeLeft } from "./time-left.ts";
import { toSweepRecord } from "./to-sweep-record.ts";
import { toVisit } from "./to-visit.ts";
import type { VectorWatch } from "./vector-watch.ts";

export interface SessionParts {
  readonly request: SweepRequest;
  /** With what was found out of the target. */
  readonly source: SweepSource;
  readonly folder: RunFolder;
  readonly plan: SweepPlan;
  readonly environment: RunEnvironment;
  /** What an earlier part of the sweep left. */
  readonly before: SweepRecord | undefined;
  readonly watch: VectorWatch | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What came of trying to measure something. */
export type VisitOutcome =
  | { readonly kind: "measured"; readonly visit: SweepVisit }
  | { readonly kind: "interrupted" };

/** A sweep that goes on: what was measured so far, and how one more visit is made and kept. */
export class SweepSession {
  readonly visits: SweepVisit[];
  readonly timeLeft: TimeLeft = new TimeLeft();
  readonly #parts: SessionParts;
  readonly #workloads: CaseWorkloads;
  readonly #children: string[];
  readonly #startMs: number = performance.now();
  #problem: string | undefined;
  #writtenMs = -Infinity;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#workloads = new CaseWorkloads(parts.source, parts.request.seed, parts.folder.path);
    this.visits = [...(parts.before?.visits ?? [])];
    this.#children = [...(parts.before?.children ?? [])];
  }

  /** Why something could not be written; undefined where all was. */
  get folderProblem(): string | undefined {
    return this.#problem;
  }

  find(of: Pick<SweepVisit, "purpose" | "case" | "repeat">): SweepVisit | undefined {
    return this.visits.find(
      (visit) => visit.purpose === of.purpose && visit.case === of.case && visit.repeat === of.repeat,
    );
  }

  /** Measures once and keeps it. Throws USAGE where a run's folder cannot be made. */
  async visit(
    settings: SweepSettings,
    of: Pick<SweepVisit, "purpose" | "case" | "repeat" | "requests">,
  ): Promise<VisitOutcome> {
    const startMs = performance.now();
    const finished = await this.#run(settings, { requests: of.requests, durationMs: undefined });
    if (finished.record.summary.end.kind === "interrupted") return { kind: "interrupted" };
    const visit = await toVisit(finished, of);
    this.visits.push(visit);
    this.timeLeft.note(settings, visit.completed + visit.failed, visit.tookMs, performance.now() - startMs);
    return { kind: "measured", visit };
  }

  /** Looks at the vectors of the kept texts, where there are vectors. Throws CANCELLED where the signal aborts. */
  async look(): Promise<void> {
    await this.#parts.watch?.look(false);
  }

  /** As {@link look}, again and again while there is load. */
  async lookDuring(load: Promise<unknown>): Promise<void> {
    await this.#parts.watch?.lookDuring(load);
  }

  /** Load that counts for nothing. */
  async warmUp(settings: SweepSettings, durationMs: number): Promise<FinishedRun> {
    return await this.#run(settings, { requests: undefined, durationMs });
  }

  async #run(
    settings: SweepSettings,
    length: { readonly requests: number | undefined; readonly durationMs: number | undefined },
  ): Promise<FinishedRun> {
    const { request, folder, signal } = this.#parts;
    const workload = await this.#workloads.for(settings);
    const finished = await startRun(
      {
        ...toRunRequest(request, workload, folder.path),
        ...length,
        users: usersOf(settings),
        name: undefined,
      },
      signal === undefined ? {} : { signal },
    );
    this.#problem ??= finished.folderProblem;
    this.#children.push(finished.record.id);
    return finished;
  }

  /** The record as it is now. */
  record(visitsPlanned: number, end: SweepEnd): SweepRecord {
    const { request, folder, plan, environment, before, watch } = this.#parts;
    return toSweepRecord({
      id: folder.id,
      name: request.name ?? null,
      children: this.#children,
      environment,
      plan,
      source: toSourceFlags(request),
      cases: request.matrix.cases,
      visits: this.visits,
      visitsPlanned,
      elapsedMs: (before?.summary.elapsedMs ?? 0) + performance.now() - this.#startMs,
      vectors:
        watch === undefined
          ? (before?.vectors ?? null)
          : joinFindings(before?.vectors ?? null, watch.findings),
      end,
      resumedAt: [...(before?.resumedAt ?? []), ...(before === undefined ? [] : [new Date().toISOString()])],
    });
  }

  /** Writes what there is, every few seconds: whatever ends this process then leaves that behind. */
  async keep(visitsPlanned: number): Promise<void> {
    if (performance.now() - this.#writtenMs < keptEveryMs) return;
    await this.write(this.record(visitsPlanned, { kind: "interrupted" }));
    this.#writtenMs = performance.now();
  }

  async write(record: SweepRecord): Promise<void> {
    this.#problem = (await writeRecord(this.#parts.folder, record)) ?? this.#problem;
  }
}

/** What was wrong in an earlier part of a sweep stays wrong. */
function joinFindings(before: VectorFindings | null, now: VectorFindings): VectorFindings {
  if (before === null) return now;
  if (now.sightings === 0) return before;
  return { ...now, problems: [...new Set([...before.problems, ...now.problems])] };
}

const keptEveryMs = 2_000;
