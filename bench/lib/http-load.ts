import type { LoadPlan, TransportPlan, WorkloadPlan } from "@weir/load";
import { createSchedule, type Schedule } from "@weir/stats";

/** GET / again and again. */
const plainGet: WorkloadPlan = {
  kind: "http",
  requests: [{ method: "GET", path: "/", headers: {}, body: undefined }],
  expect: "2xx",
};

export const plainTransport: TransportPlan = { headers: {}, connectTimeoutMs: 5_000, timeoutMs: 30_000 };

/** The same rate all the time; without a duration until the plan's stop. */
export function constantRate(
  perSecond: number,
  kind: "constant" | "poisson",
  durationMs: number | null = null,
): Schedule {
  return createSchedule({
    seed: 1,
    segments: [
      { kind: "rate", fromPerSecond: perSecond, toPerSecond: perSecond, durationMs, arrivals: { kind } },
    ],
  });
}

/** Plain GETs for some time, counted from the first one on. */
export function plainLoad(url: string, schedule: Schedule, durationMs: number): LoadPlan {
  return {
    url,
    workload: plainGet,
    schedule,
    stop: { durationMs, requests: undefined },
    warmupMs: 0,
    transport: plainTransport,
  };
}
