import { WeirError } from "@weir/protocol";
import { createRandom, type ClosedLoopSchedule } from "@weir/stats";
import type { Workload, WorkloadChecks } from "../workload.ts";
import type { MixedPlan, MixedPlanPart } from "./mixed-plan.ts";
import { MixedSession } from "./mixed-session.ts";
import { WeightedOrder } from "./weighted-order.ts";

const mostSkipped = 1000;

/**
 * Several workloads in one: each turn of a user is one of them, and their shares are of turns. Throws USAGE where there
 * are no parts, or names and weights cannot be.
 * @param create prepares one part
 */
export function createMixedWorkload(
  plan: MixedPlan,
  schedule: ClosedLoopSchedule,
  create: (workload: MixedPlanPart["workload"]) => Workload,
): Workload {
  checkParts(plan.parts);
  const workloads = plan.parts.map((part) => create(part.workload));
  const names = workloads.map(({ parts = [] }, place) => namesOf(plan.parts[place]!.name, parts));
  const firstParts = names.map((_, place) => names.slice(0, place).flat().length);
  const units = new Set(workloads.map(({ unit }) => unit));
  const [unit = "requests"] = units.size === 1 ? units : [];
  const order = new WeightedOrder(
    plan.parts.map(({ weight }) => weight),
    Math.floor(createRandom(schedule.seed)() * mostSkipped),
  );
  return {
    kind: "mixed",
    unit,
    requests: workloads.reduce((sum, { requests }) => sum + requests, 0),
    parts: names.flat(),
    createSession: (user) =>
      new MixedSession({
        order,
        firstParts,
        countsRequests: units.size > 1,
        createSession: (part) => workloads[part]!.createSession(user),
      }),
    get checks(): WorkloadChecks {
      return addChecks(workloads.map(({ checks }) => checks));
    },
  };
}

function checkParts(parts: readonly MixedPlanPart[]): void {
  if (parts.length === 0) throw new WeirError("USAGE", "a mix must have at least one part, got none");
  for (const { name, weight } of parts)
    if (!(weight > 0 && Number.isFinite(weight)))
      throw new WeirError("USAGE", `the weight of ${name} in the mix must be above 0, got ${weight}`);
  const names = parts.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined)
    throw new WeirError("USAGE", `the parts of a mix must have different names, got ${twice} twice`);
}

function namesOf(name: string, parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [name] : parts.map((part) => `${name}/${part}`);
}

function addChecks(all: readonly WorkloadChecks[]): WorkloadChecks {
  const tallies: Record<string, { of: number; right: number }> = {};
  for (const checks of all)
    for (const [name, { of, right }] of Object.entries(checks.tallies ?? {})) {
      const sum = (tallies[name] ??= { of: 0, right: 0 });
      sum.of += of;
      sum.right += right;
    }
  return {
    examined: all.reduce((sum, { examined }) => sum + examined, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    ...(Object.keys(tallies).length > 0 && { tallies }),
  };
}
