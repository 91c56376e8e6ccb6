import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nextCapacityStep, type CapacityProbe } from "@weir/stats";
import { verdictExitCodes, type RunRecord } from "../record/run-record.ts";
import { withoutRunAdvice } from "../record/describe-result.ts";
import { writeRecord } from "../record/write-record.ts";
import type { Limit } from "../record/limit.ts";
import { createRunFolder, discardRunFolder, type RunFolder } from "../run/run-folder.ts";
import { startRun, type FinishedRun } from "../run/start-run.ts";
import { pinTarget } from "../compare/plan-halves.ts";
import { checkCapacityLimits, singleUserLimits } from "./capacity-limits.ts";
import type { CapacityProbeRecord } from "./capacity-record.ts";
import type {
  CapacityOutcome,
  CapacityRequest,
  FindCapacityOptions,
  FinishedCapacity,
} from "./capacity-request.ts";
import { toProbeRequest, toProbeResult, type ProbePlan, type ProbeResult } from "./probe-run.ts";
import { resolveCapacity, toCapacityRecord, type ResolvedCapacity } from "./to-capacity-record.ts";
import { ProbeWatch, type EarlyEnd } from "./watch-probe.ts";

/** A probe is to see so many answers one after the other. */
const answersInARow = 6;
/** A probe becomes at most so many times as long for the sake of slow answers. */
const longestStretch = 9;
/** After a probe that was too much the server gets as long as its answers took to get over it, and at most this. */
const longestRestMs = 10_000;
/** How long a server that stopped working may take to come back, and how often it is looked at. */
const comeBack = { tries: 3, everyMs: 2000 } as const;

/**
 * Finds out how many users, or how high a rate, a server can take within limits: doubles until a limit is missed, then
 * bisects, then confirms both edges. Every probe is a run of its own in the search's folder; the record is written
 * after each of them, and on every path: found, interrupted, server dead from the start or dying on the way. Throws
 * only where the request itself is no good (USAGE, INVALID_REQUEST); nothing is written then.
 */
export async function findCapacity(
  request: CapacityRequest,
  options: FindCapacityOptions = {},
): Promise<FinishedCapacity> {
  if (request.limits !== undefined) checkCapacityLimits(request.limits);
  const folder = await createRunFolder(request.run.outDirectory, new Date());
  const search = new RunningSearch(request, folder, options);
  try {
    await search.carryOut();
  } catch (error) {
    if (search.first === undefined) {
      await discardRunFolder(folder);
      throw error;
    }
    // What is known must not be lost with what could not be done.
    await search.write({ kind: "cut-short", why: error instanceof Error ? error.message : String(error) });
  }
  return search.finished!;
}

class RunningSearch {
  #request: CapacityRequest;
  readonly #folder: RunFolder;
  readonly #options: FindCapacityOptions;
  readonly #resolved: ResolvedCapacity;
  readonly #judged: CapacityProbe[] = [];
  readonly #probes: CapacityProbeRecord[] = [];
  readonly #children: string[] = [];
  #limits: readonly Limit[] | undefined;
  #durationMs: number;
  #warmupMs: number;
  first: RunRecord | undefined;
  finished: FinishedCapacity | undefined;

  constructor(request: CapacityRequest, folder: RunFolder, options: FindCapacityOptions) {
    this.#request = request;
    this.#folder = folder;
    this.#options = options;
    this.#resolved = resolveCapacity(request);
    this.#limits = request.limits;
    this.#durationMs = this.#resolved.durationMs;
    this.#warmupMs = this.#resolved.warmupMs;
  }

  async carryOut(): Promise<void> {
    const { search, of } = this.#resolved;
    const baseline = await this.#makeBaseline();
    if (baseline !== undefined) return this.write(baseline);
    for (;;) {
      const step = nextCapacityStep(search, this.#judged);
      if (step.kind === "done") return this.write({ kind: "finished" });
      const { level, purpose, stretch, more } = step;
      const durationMs = this.#durationMs * stretch;
      const made = await this.#probe(
        { ...this.#plan(level, purpose, durationMs), of, limits: this.#limits! },
        more,
      );
      const end = await this.#take(made);
      if (end !== undefined) return this.write(end);
      await this.write({ kind: "interrupted" });
    }
  }

  /** Writes the record as things stand; at the end that is the result. */
  async write(end: CapacityOutcome["end"]): Promise<void> {
    const record = toCapacityRecord(this.#request, this.#folder, {
      resolved: { ...this.#resolved, durationMs: this.#durationMs, warmupMs: this.#warmupMs },
      limits: this.#limits ?? [],
      judged: this.#judged,
      probes: this.#probes,
      children: this.#children,
      first: this.first!,
      end,
    });
    const folderProblem = await writeRecord(this.#folder, record);
    const exitCode = verdictExitCodes[record.verdict.kind];
    this.finished = { record, folder: this.#folder.path, folderProblem, exitCode };
  }

  /**
   * The first look at the server, by one user: how long an answer takes decides how long probes last, and what the
   * limits are where none were given. Where the search begins at one user it is its first probe too.
   */
  async #makeBaseline(): Promise<CapacityOutcome["end"] | undefined> {
    const isFirstProbe = this.#resolved.of === "users" && this.#resolved.search.least === 1;
    for (let stretch = 1; ; stretch *= 3) {
      const plan: ProbePlan = {
        ...this.#plan(1, isFirstProbe ? "double" : "baseline", this.#durationMs * stretch),
        of: "users",
        limits: this.#limits ?? [],
      };
      const made = await this.#probe(plan, this.#expectedProbes());
      const { summary, verdict } = made.run.record;
      if (this.#isInterrupted) return { kind: "interrupted" };
      if (summary.end.kind === "not-started" || (summary.completed === 0 && summary.failed.total > 0))
        return { kind: "not-measured", why: withoutRunAdvice(verdict.sentence) };
      if (summary.completed === 0 && stretch < longestStretch) continue;
      if (summary.completed === 0) return { kind: "not-measured", why: withoutRunAdvice(verdict.sentence) };
      this.#fitLength(summary.latencyMs.response.p50 ?? 0);
      this.#limits ??= singleUserLimits(summary);
      if (!isFirstProbe) {
        this.#probes.push(made.toResult(this.#limits).record);
        return undefined;
      }
      return this.#take(made);
    }
  }

  /** Files a probe away; gives how the search ends where it does. */
  async #take(made: MadeProbe): Promise<CapacityOutcome["end"] | undefined> {
    const result = made.toResult(this.#limits!);
    const { record, outcome } = result;
    if (this.#isInterrupted && made.early === undefined) {
      this.#probes.push({ ...record, outcome: "not-judged", evidence: null, figure: "interrupted" });
      return { kind: "interrupted" };
    }
    this.#probes.push(record);
    if (record.outcome === "lost") {
      this.#judged.push({ level: record.level, outcome: { kind: "judged", evidence: 9 } });
      this.#options.onProbeEnd?.(record);
      return this.#waitForTarget(record.level, withoutRunAdvice(made.run.record.verdict.sentence));
    }
    this.#judged.push({ level: record.level, outcome });
    this.#options.onProbeEnd?.(record);
    if (outcome.kind === "unknown" && this.#judged.every((probe) => probe.outcome.kind === "unknown"))
      return { kind: "not-judged", why: record.figure ?? "there was nothing to judge them by" };
    if (outcome.kind === "judged" && outcome.evidence > 0) await this.#rest(result, made.run);
    return this.#isInterrupted ? { kind: "interrupted" } : undefined;
  }

  /** A server that is restarted by whoever looks after it is back after a while; one that is not has died. */
  async #waitForTarget(level: number, why: string): Promise<CapacityOutcome["end"] | undefined> {
    const { signal } = this.#options;
    for (let tries = 0; tries < comeBack.tries; tries += 1) {
      await pause(comeBack.everyMs, signal);
      if (this.#isInterrupted) return { kind: "interrupted" };
      if (await this.#answers()) return undefined;
    }
    return { kind: "died", level, why };
  }

  /** Whether one request of the search's kind is answered. */
  async #answers(): Promise<boolean> {
    const plan: ProbePlan = {
      ...this.#plan(1, "repeat", this.#durationMs),
      of: "users",
      limits: this.#limits!,
    };
    const request = toProbeRequest(this.#request, plan, this.#folder.path);
    const { signal } = this.#options;
    const one = {
      ...request,
      warmupMs: 0,
      durationMs: undefined,
      requests: 1,
      workers: 1,
      name: "is it back?",
    };
    const finished = await startRun(one, { ...(signal !== undefined && { signal }) });
    this.#children.push(path.basename(finished.folder));
    return finished.record.summary.completed > 0;
  }

  async #rest({ record }: ProbeResult, run: FinishedRun): Promise<void> {
    const { latencyMs, cutOffs } = run.record.summary;
    const slowMs = record.p95Ms ?? latencyMs.response.max ?? cutOffs?.ageMs.max ?? 0;
    await pause(Math.min(longestRestMs, slowMs), this.#options.signal);
  }

  async #probe(plan: ProbePlan, more: number): Promise<MadeProbe> {
    const { signal, onTarget, onProbe, onProgress } = this.#options;
    const moreMs = more * (this.#durationMs + this.#warmupMs);
    onProbe?.({
      number: plan.number,
      level: plan.level,
      of: plan.of,
      purpose: plan.purpose,
      lengthMs: plan.durationMs + plan.warmupMs,
      more,
      moreMs,
      before: this.#probes,
    });
    const ender = new AbortController();
    const mayPassEarly = plan.purpose === "double" && plan.limits.length > 0;
    const watch = new ProbeWatch({ limits: plan.limits, durationMs: plan.durationMs, mayPassEarly });
    let early: EarlyEnd | undefined;
    const run = await startRun(toProbeRequest(this.#request, plan, this.#folder.path), {
      signal: signal === undefined ? ender.signal : AbortSignal.any([signal, ender.signal]),
      ...(this.first === undefined && {
        onTarget: (target) => {
          onTarget?.(target);
          // What the target speaks is found out once.
          const { run } = this.#request;
          this.#request = { ...this.#request, run: { ...run, workload: pinTarget(run.workload, target) } };
        },
      }),
      onProgress: (progress) => {
        onProgress?.(progress);
        early ??= watch.look(progress);
        if (early !== undefined) ender.abort();
      },
    });
    this.first ??= run.record;
    const child = path.basename(run.folder);
    this.#children.push(child);
    return {
      run,
      early,
      toResult: (limits) => toProbeResult({ ...plan, limits }, run, child, early),
    };
  }

  #plan(level: number, purpose: ProbePlan["purpose"], durationMs: number): Omit<ProbePlan, "limits" | "of"> {
    return { number: this.#children.length + 1, level, purpose, durationMs, warmupMs: this.#warmupMs };
  }

  /** Where answers take their time, so do probes. */
  #fitLength(typicalMs: number): void {
    const { durationMs, warmupMs } = this.#resolved;
    const most = durationMs * longestStretch;
    this.#durationMs = Math.min(most, Math.max(durationMs, Math.ceil(typicalMs * answersInARow)));
    if (warmupMs > 0) this.#warmupMs = Math.min(most, Math.max(warmupMs, Math.ceil(typicalMs)));
  }

  /** Before anything is known. */
  #expectedProbes(): number {
    return this.#resolved.search.maxProbes ?? 12;
  }

  get #isInterrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }
}

/** A probe that was carried out, and what it is under limits that may be known only now. */
interface MadeProbe {
  readonly run: FinishedRun;
  readonly early: EarlyEnd | undefined;
  readonly toResult: (limits: readonly Limit[]) => ProbeResult;
}

/** Ends early, and quietly, where the signal says so. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0) return;
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
