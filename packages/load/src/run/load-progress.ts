import { samplesNeeded, scheduleLengthMs, type Histogram, type Schedule } from "@weir/stats";
import type { UnitKind } from "../workload.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { LoadProgress, ProgressPercentiles } from "./load-result.ts";
import type { ProgressView } from "./progress-view.ts";

/** A run's figures of this moment, as a live view shows them. */
export function describeProgress(
  plan: LoadPlan,
  schedule: Schedule,
  unit: UnitKind,
  view: ProgressView,
): LoadProgress {
  const { inWindow, elapsedMs, inFlight, waiting, users, recent, generator, ttftMs } = view;
  const completed = inWindow ? view.completed : 0;
  const { fraction, remainingMs } = estimate(plan, schedule, elapsedMs, inWindow ? view.turnsEnded : 0);
  const perSecond = (count: number): number | null =>
    recent.spanMs < leastSpanMs ? null : (count * 1000) / recent.spanMs;
  return {
    phase: inWindow ? "measuring" : "warm-up",
    elapsedMs,
    fraction,
    remainingMs,
    unit,
    completed,
    failed: view.failed,
    inFlight,
    waiting,
    // What an open loop has in use are connections, and those are what is in flight.
    users: schedule.kind === "open-loop" ? null : users,
    recent: {
      offeredPerSecond: perSecond(recent.offered),
      sentPerSecond: perSecond(recent.sent),
      requestsPerSecond: perSecond(recent.completed),
      unitsPerSecond: perSecond(recent.units),
      failuresPerSecond: perSecond(recent.failed),
      ...percentiles(recent.responseMs),
    },
    overall: percentiles(view.responseMs),
    ttft: ttftMs === undefined ? null : percentiles(ttftMs),
    failures: view.failures,
    generator,
  };
}

/** A rate over less than this says more about the moment of looking than about the load. */
const leastSpanMs = 500;

function percentiles(histogram: Histogram): ProgressPercentiles {
  return {
    p50Ms: histogram.n === 0 ? null : histogram.quantile(0.5),
    p95Ms: histogram.n < samplesNeeded.p95 ? null : histogram.quantile(0.95),
    p99Ms: histogram.n < samplesNeeded.p99 ? null : histogram.quantile(0.99),
  };
}

function estimate(
  plan: LoadPlan,
  schedule: Schedule,
  elapsedMs: number,
  ended: number,
): { readonly fraction: number; readonly remainingMs: number | undefined } {
  const { warmupMs, stop } = plan;
  const lengthMs = Math.min(warmupMs + (stop.durationMs ?? Infinity), scheduleLengthMs(schedule));
  const byTime = lengthMs === Infinity ? undefined : Math.max(0, lengthMs - elapsedMs);
  const windowMs = elapsedMs - warmupMs;
  const byCount =
    stop.requests === undefined || ended === 0 || windowMs <= 0
      ? undefined
      : Math.max(0, ((stop.requests - ended) * windowMs) / ended);
  const left = [byTime, byCount].filter((value) => value !== undefined);
  const remainingMs = left.length === 0 ? undefined : Math.min(...left);
  const byRequests = stop.requests === undefined ? 0 : ended / stop.requests;
  const byClock = byTime === undefined ? 0 : elapsedMs / (elapsedMs + byTime);
  return { fraction: Math.min(1, Math.max(byRequests, byClock)), remainingMs };
}
