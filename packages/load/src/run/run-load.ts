import { WeirError } from "@weir/protocol";
import { parseHttpTarget } from "../http/http-target.ts";
import { ensureOpenFiles } from "../platform/ensure-open-files.ts";
import { createWorkload } from "../workloads/create-workload.ts";
import { createClosedLoopSchedule, scheduleLengthMs } from "@weir/stats";
import { arrivalSessions, LoadRun } from "./load-run.ts";
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
  ensureOpenFiles(plan.schedule.users === 0 ? (plan.transport.maxConnections ?? 0) : plan.schedule.users);
  const { users, seed } = plan.schedule;
  // What a session sends depends on how many there are, not on when it sends.
  const sessions = createClosedLoopSchedule({ users: users === 0 ? arrivalSessions : users, seed });
  const workload = createWorkload(plan.workload, sessions, target, plan.transport.headers);
  return await new LoadRun(plan, target, workload, options).run();
}

function checkPlan(plan: LoadPlan): void {
  const problems: string[] = [];
  const { durationMs, requests } = plan.stop;
  if (durationMs === undefined && requests === undefined && scheduleLengthMs(plan.schedule) === Infinity)
    problems.push("a run needs an end: a duration, a number of requests, or both");
  for (const name of ["failures", "failuresInARow"] as const) {
    const value = plan.stop[name] ?? 0;
    if (!(Number.isSafeInteger(value) && value >= 0))
      problems.push(`${name} must be a whole number from 0 on, got ${value}`);
  }
  const { maxConnections = 1 } = plan.transport;
  if (!(Number.isSafeInteger(maxConnections) && maxConnections >= 1))
    problems.push(`maxConnections must be a whole number from 1 on, got ${maxConnections}`);
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
