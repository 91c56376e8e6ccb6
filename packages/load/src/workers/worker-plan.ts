import type { MixedPlan } from "../mixed/mixed-plan.ts";
import type { LoadPlan } from "../run/load-plan.ts";
import type { WorkloadPlan } from "../workloads/create-workload.ts";

const words = 36 ** 8;

/**
 * The plan as one worker gets it: the words that bust caches are counted from far apart, so that no two workers send
 * the same one. Everything else is the same for all.
 */
export function toWorkerPlan(plan: LoadPlan, worker: number, workers: number): LoadPlan {
  const by = Math.floor((words / workers) * worker);
  return by === 0 ? plan : { ...plan, workload: shiftCache(plan.workload, by) };
}

function shiftCache(workload: WorkloadPlan, by: number): WorkloadPlan {
  if (workload.kind === "mixed") {
    const parts = workload.parts.map((part) => ({ ...part, workload: shiftPart(part.workload, by) }));
    return { ...workload, parts };
  }
  return shiftPart(workload, by);
}

function shiftPart<Plan extends Exclude<WorkloadPlan, MixedPlan>>(workload: Plan, by: number): Plan {
  if (!("cache" in workload) || workload.cache.kind !== "busted") return workload;
  return { ...workload, cache: { kind: "busted", start: shiftStart(workload.cache.start, by) } };
}

// Eight digits of base 36 are below 2^42.
function shiftStart(start: string, by: number): string {
  return ((Number.parseInt(start, 36) + by) % words).toString(36).padStart(8, "0");
}
