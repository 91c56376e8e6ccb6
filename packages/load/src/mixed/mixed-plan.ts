import type { WorkloadPlan } from "../workloads/create-workload.ts";

export interface MixedPlanPart {
  /** Unlike those of the other parts: results are told apart by it. */
  readonly name: string;
  /** Share of turns, relative to the weights of the other parts. Above 0. */
  readonly weight: number;
  readonly workload: Exclude<WorkloadPlan, MixedPlan>;
}

/** Several workloads side by side. Plain JSON. */
export interface MixedPlan {
  readonly kind: "mixed";
  /** At least one. */
  readonly parts: readonly MixedPlanPart[];
}
