import { WeirError } from "@weir/protocol";
import { scheduleLengthMs } from "@weir/stats";
import type { LoadPlan, StopPlan, TransportPlan } from "./load-plan.ts";
import { longestTimerMs } from "./run-timers.ts";

const mostRequests = 2 ** 31 - 1;
const mostRetries = 100;

/** Throws USAGE with everything that is wrong with a plan's numbers. */
export function checkPlan(plan: LoadPlan): void {
  const problems = [...checkStop(plan.stop), ...checkTransport(plan.transport)];
  const { durationMs, requests } = plan.stop;
  if (durationMs === undefined && requests === undefined && scheduleLengthMs(plan.schedule) === Infinity)
    problems.unshift("a run needs an end: a duration, a number of requests, or both");
  if (!(plan.warmupMs >= 0 && Number.isFinite(plan.warmupMs)))
    problems.push(`the warm-up must be 0 ms or longer, got ${plan.warmupMs}`);
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("; "));
}

function checkStop(stop: StopPlan): string[] {
  const problems: string[] = [];
  const { durationMs, requests, errorRate } = stop;
  for (const name of ["failures", "failuresInARow"] as const) {
    const value = stop[name] ?? 0;
    if (!(Number.isSafeInteger(value) && value >= 0))
      problems.push(`${name} must be a whole number from 0 on, got ${value}`);
  }
  if (errorRate !== undefined) {
    const { share, windowMs, leastCount } = errorRate;
    if (!(share > 0 && share <= 1))
      problems.push(`the error rate must be a share above 0 and at most 1, got ${share}`);
    if (!(windowMs > 0 && Number.isFinite(windowMs)))
      problems.push(`the error rate's window must be above 0 ms, got ${windowMs}`);
    if (!(Number.isSafeInteger(leastCount) && leastCount >= 1))
      problems.push(`the error rate's least count must be a whole number from 1 on, got ${leastCount}`);
  }
  if (durationMs !== undefined && !(durationMs > 0 && Number.isFinite(durationMs)))
    problems.push(`the duration must be above 0 ms, got ${durationMs}`);
  if (
    requests !== undefined &&
    !(Number.isSafeInteger(requests) && requests >= 1 && requests <= mostRequests)
  )
    problems.push(`the number of requests must be a whole number from 1 to ${mostRequests}, got ${requests}`);
  return problems;
}

function checkTransport(transport: TransportPlan): string[] {
  const problems: string[] = [];
  const { maxConnections = 1, retries = 0 } = transport;
  if (!(Number.isSafeInteger(maxConnections) && maxConnections >= 1))
    problems.push(`maxConnections must be a whole number from 1 on, got ${maxConnections}`);
  if (!(Number.isSafeInteger(retries) && retries >= 0 && retries <= mostRetries))
    problems.push(`retries must be a whole number from 0 to ${mostRetries}, got ${retries}`);
  for (const name of ["timeoutMs", "connectTimeoutMs", "firstByteTimeoutMs"] as const) {
    const value = transport[name];
    if (value !== undefined && !(value > 0 && value <= longestTimerMs))
      problems.push(`${name} must be above 0 and at most ${longestTimerMs} ms, got ${value}`);
  }
  return problems;
}
