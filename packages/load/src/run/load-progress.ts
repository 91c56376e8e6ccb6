import { samplesNeeded, scheduleLengthMs, type Histogram } from "@weir/stats";
import type { PhaseRecorder } from "../recording/phase-recorder.ts";
import type { RecentSeconds } from "../recording/slice-recorder.ts";
import type { UnitKind } from "../workload.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { LoadProgress, ProgressPercentiles } from "./load-result.ts";

/** A run's figures of this moment, as a live view shows them. */
export function describeProgress(view: {
  readonly plan: LoadPlan;
  readonly unit: UnitKind;
  readonly inWindow: boolean;
  readonly elapsedMs: number;
  readonly inFlight: number;
  readonly users: LoadProgress["users"];
  readonly phase: PhaseRecorder;
  readonly recent: RecentSeconds;
  readonly generator: LoadProgress["generator"];
}): LoadProgress {
  const { plan, unit, inWindow, elapsedMs, inFlight, users, phase, recent, generator } = view;
  const ttftMs = phase.ttftMs;
  const completed = inWindow ? phase.completed : 0;
  const failed = inWindow ? phase.failed : 0;
  const { fraction, remainingMs } = estimate(plan, elapsedMs, completed + failed);
  const perSecond = (count: number): number => (recent.spanMs > 0 ? (count * 1000) / recent.spanMs : 0);
  return {
    phase: inWindow ? "measuring" : "warm-up",
    elapsedMs,
    fraction,
    remainingMs,
    unit,
    completed,
    failed,
    inFlight,
    users,
    recent: {
      offeredPerSecond: perSecond(recent.offered),
      sentPerSecond: perSecond(recent.sent),
      requestsPerSecond: perSecond(recent.completed),
      unitsPerSecond: perSecond(recent.units),
      failuresPerSecond: perSecond(recent.failed),
      ...percentiles(recent.responseMs),
    },
    overall: percentiles(phase.responseMs),
    ttft: ttftMs === undefined ? null : percentiles(ttftMs),
    failures: inWindow ? phase.failuresByKind() : {},
    generator,
  };
}

function percentiles(histogram: Histogram): ProgressPercentiles {
  return {
    p50Ms: histogram.n === 0 ? null : histogram.quantile(0.5),
    p95Ms: histogram.n < samplesNeeded.p95 ? null : histogram.quantile(0.95),
    p99Ms: histogram.n < samplesNeeded.p99 ? null : histogram.quantile(0.99),
  };
}

function estimate(
  plan: LoadPlan,
  elapsedMs: number,
  ended: number,
): { readonly fraction: number; readonly remainingMs: number | undefined } {
  const { warmupMs, stop } = plan;
  const lengthMs = Math.min(warmupMs + (stop.durationMs ?? Infinity), scheduleLengthMs(plan.schedule));
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
