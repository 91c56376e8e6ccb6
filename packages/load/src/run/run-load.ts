import { WeirError } from "@weir/protocol";
import { createEmbeddingsWorkload } from "../embeddings/embeddings-workload.ts";
import { parseHttpTarget } from "../http/http-target.ts";
import { LoadRun } from "./load-run.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { LoadProgress, LoadResult } from "./load-result.ts";
import type { StopLimits } from "./stop-rule.ts";

export interface RunLoadOptions {
  /** Ends the run as an interrupted one; what was measured so far is the result. */
  readonly signal?: AbortSignal;
  /** Called a few times a second, and once at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Time between two calls of `onProgress`. @default 250 */
  readonly progressIntervalMs?: number;
  /** When to give a target up. @default 0.7 s without a connection, 1 s without a success, 4 s of silence later on */
  readonly stopLimits?: StopLimits;
}

/**
 * Carries out a plan and says what happened, however it ends: by time, by count, by the signal, or because the target
 * cannot be reached or stops answering. Throws only where the plan itself is no good (USAGE, INVALID_REQUEST).
 */
export async function runLoad(plan: LoadPlan, options: RunLoadOptions = {}): Promise<LoadResult> {
  checkPlan(plan);
  const target = parseHttpTarget(plan.url);
  const workload = createEmbeddingsWorkload(plan.workload, plan.schedule, target, plan.transport.headers);
  return await new LoadRun(plan, target, workload, options).run();
}

function checkPlan(plan: LoadPlan): void {
  const problems: string[] = [];
  const { durationMs, requests } = plan.stop;
  if (durationMs === undefined && requests === undefined)
    problems.push("a run needs an end: a duration, a number of requests, or both");
  if (durationMs !== undefined && !(durationMs > 0 && Number.isFinite(durationMs)))
    problems.push(`the duration must be above 0 ms, got ${durationMs}`);
  if (requests !== undefined && !(Number.isSafeInteger(requests) && requests >= 1))
    problems.push(`the number of requests must be a whole number from 1 on, got ${requests}`);
  if (!(plan.warmupMs >= 0 && Number.isFinite(plan.warmupMs)))
    problems.push(`the warm-up must be 0 ms or longer, got ${plan.warmupMs}`);
  for (const name of ["timeoutMs", "connectTimeoutMs"] as const) {
    const value = plan.transport[name];
    if (!(value > 0 && value <= longestTimerMs))
      problems.push(`${name} must be above 0 and at most ${longestTimerMs} ms, got ${value}`);
  }
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("; "));
}

/** Node's timers take no more than 2^31 - 1 ms. */
const longestTimerMs = 2 ** 31 - 1;
