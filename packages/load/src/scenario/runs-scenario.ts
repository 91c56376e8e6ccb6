import type { WorkloadPlan } from "../workloads/create-workload.ts";

/** Whether a plan runs code that somebody else wrote, which may block the thread that it runs on. */
export function runsScenario(workload: WorkloadPlan): boolean {
  return workload.kind === "mixed"
    ? workload.parts.some((part) => part.workload.kind === "scenario")
    : workload.kind === "scenario";
}
