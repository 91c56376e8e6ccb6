import { availableParallelism } from "node:os";
import { WeirError } from "@weir/protocol";
import type { Schedule } from "@weir/stats";
import { resolveWorkers } from "../workers/resolve-workers.ts";
import { runInThreads } from "../workers/run-in-threads.ts";
import { ensureOpenFiles } from "../platform/ensure-open-files.ts";
import { runsScenario } from "../scenario/runs-scenario.ts";
import { checkPlan } from "./check-plan.ts";
import type { LoadPlan } from "./load-plan.ts";
import { describeProgress } from "./load-progress.ts";
import type { LoadProgress, LoadResult } from "./load-result.ts";
import { prepareRun } from "./prepare-run.ts";
import { runInThisThread, type RunSettings } from "./run-in-this-thread.ts";
import type { RunningLoad } from "./running-load.ts";
import type { ScheduleFeed } from "./schedule-feed.ts";
import type { StopLimits } from "./stop-rule.ts";
import { toLoadResult } from "./to-load-result.ts";

const defaultProgressIntervalMs = 250;
const mostWorkers = 256;

export interface RunLoadOptions {
  /** Ends the run as an interrupted one; what was measured so far is the result. */
  readonly signal?: AbortSignal;
  /** Called a few times a second, and once at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Time between two calls of `onProgress`. @default 250 */
  readonly progressIntervalMs?: number;
  /** When to give a target up. @default 0.7 s without a connection, 1 s without a success, 4 s of silence later on */
  readonly stopLimits?: StopLimits;
  /**
   * Threads that share the load, each with its own connections and its slice of the schedule. One costs no thread of
   * its own, unless it runs code of a scenario. Whole number from 1 to 256, or `auto`: see {@link resolveWorkers}. @default 1
   */
  readonly workers?: number | "auto";
  /** Keeps a row of every attempt in files of this folder, which must be there. @default none are kept */
  readonly samples?: { readonly directory: string };
  /** Takes segments that make the schedule longer while the run goes. @default the schedule stays as it is */
  readonly feed?: ScheduleFeed;
}

/**
 * Carries out a plan and says what happened, however it ends: by time, by count, by the signal, or because the target
 * cannot be reached or stops answering. Throws only where the plan itself is no good (USAGE, INVALID_REQUEST), and
 * INTERNAL where a worker is lost.
 */
export async function runLoad(plan: LoadPlan, options: RunLoadOptions = {}): Promise<LoadResult> {
  checkPlan(plan);
  ensureOpenFiles(mostConnections(plan));
  const workers = readWorkers(plan, options.workers ?? 1);
  const { signal, onProgress, feed } = options;
  const settings = {
    stopLimits: options.stopLimits,
    sampleDirectory: options.samples?.directory,
    extensible: feed !== undefined,
  };
  const run = await startWorkers(plan, workers, options, settings);
  const startedAt = new Date().toISOString();
  let schedule: Schedule = plan.schedule;
  const onAbort = (): void => run.interrupt();
  const tell = (): void => {
    try {
      onProgress?.(describeProgress(plan, schedule, run.unit, run.look()));
    } catch (error) {
      run.fail(error);
    }
  };
  feed?.attach({
    get schedule() {
      return schedule;
    },
    get elapsedMs() {
      return run.elapsedMs;
    },
    append(longer, segment) {
      schedule = longer;
      run.append(segment);
    },
  });
  const timer = onProgress === undefined ? undefined : setInterval(tell, intervalOf(options));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted === true) run.interrupt();
    const { parts, lost } = await run.start();
    clearInterval(timer);
    if (onProgress !== undefined) onProgress(describeProgress(plan, schedule, run.unit, run.look()));
    const result = toLoadResult(plan, schedule, startedAt, parts);
    return lost.length === 0
      ? result
      : { ...result, end: { kind: "interrupted" }, warnings: [...lost, ...result.warnings] };
  } finally {
    feed?.attach(undefined);
    signal?.removeEventListener("abort", onAbort);
    clearInterval(timer);
  }
}

async function startWorkers(
  plan: LoadPlan,
  workers: number,
  options: RunLoadOptions,
  settings: RunSettings,
): Promise<RunningLoad> {
  const threads = { ...settings, workers, progressIntervalMs: intervalOf(options) };
  // Code of a scenario may block its thread, and this one must hear signals.
  if (runsScenario(plan.workload)) return await runInThreads(plan, threads);
  // Refuses a plan that is no good before any thread is made.
  const prepared = prepareRun(plan);
  return await (workers === 1 ? runInThisThread(plan, prepared, settings) : runInThreads(plan, threads));
}

// Arrivals open as many as they need: what nobody asked for is not demanded of the system.
function mostConnections({ schedule, transport, stop }: LoadPlan): number {
  if (schedule.users === 0) return transport.maxConnections ?? 0;
  return Math.min(schedule.users, stop.requests ?? Infinity);
}

function intervalOf({ progressIntervalMs = defaultProgressIntervalMs }: RunLoadOptions): number {
  return progressIntervalMs;
}

function readWorkers(plan: LoadPlan, workers: number | "auto"): number {
  if (workers === "auto") return resolveWorkers(plan, availableParallelism());
  if (Number.isSafeInteger(workers) && workers >= 1 && workers <= mostWorkers) return workers;
  throw new WeirError(
    "USAGE",
    `workers must be a whole number from 1 to ${mostWorkers}, or auto, got ${workers}`,
  );
}
