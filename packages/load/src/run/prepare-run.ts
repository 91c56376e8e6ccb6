import { createClosedLoopSchedule } from "@weir/stats";
import { parseHttpTarget, type HttpTarget } from "../http/http-target.ts";
import type { Workload } from "../workload.ts";
import { createWorkload } from "../workloads/create-workload.ts";
import { arrivalSessions } from "./create-driver.ts";
import type { LoadPlan } from "./load-plan.ts";

export interface PreparedRun {
  readonly target: HttpTarget;
  readonly workload: Workload;
}

/** Makes what a plan's requests are sent to and what they are. Throws USAGE where the plan is no good. */
export function prepareRun(plan: LoadPlan): PreparedRun {
  const target = parseHttpTarget(plan.url);
  const { users, seed } = plan.schedule;
  // What a session sends depends on how many there are, not on when it sends, nor on which worker it belongs to.
  const sessions = createClosedLoopSchedule({ users: users === 0 ? arrivalSessions : users, seed });
  return { target, workload: createWorkload(plan.workload, sessions, target, plan.transport.headers) };
}
