import { concludeCapacity, toThreeDigits, type CapacityProbe, type CapacitySearch } from "@weir/stats";
import { runSchemaVersion, type RunRecord } from "../record/run-record.ts";
import type { Limit } from "../record/limit.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { Capacity, CapacityPlan, CapacityProbeRecord, CapacityRecord } from "./capacity-record.ts";
import type { CapacityOutcome, CapacityRequest } from "./capacity-request.ts";
import { describeCapacity, worstOf } from "./describe-capacity.ts";

/** A request with everything filled in. */
export interface ResolvedCapacity {
  readonly of: "users" | "rate";
  readonly search: CapacitySearch;
  readonly durationMs: number;
  readonly warmupMs: number;
}

/** What a search knows at some moment. */
export interface CapacityState {
  readonly resolved: ResolvedCapacity;
  readonly limits: readonly Limit[];
  readonly judged: readonly CapacityProbe[];
  readonly probes: readonly CapacityProbeRecord[];
  readonly end: CapacityOutcome["end"];
  /** Of the first probe: what was sent, and where it all took place. */
  readonly first: RunRecord;
  readonly children: readonly string[];
}

/** What is safe to plan for, of what was held. */
const safeShare = 0.7;

export function resolveCapacity(request: CapacityRequest): ResolvedCapacity {
  const of = request.of ?? "users";
  const least = request.least ?? 1;
  return {
    of,
    search: {
      least,
      most: Math.max(least, request.most ?? (of === "users" ? 10_000 : 100_000)),
      whole: of === "users",
      resolution: request.resolution ?? 0.05,
      maxProbes: request.maxProbes,
    },
    // Long enough for every user to have a turn.
    durationMs: Math.max(
      request.probeDurationMs ?? 10_000,
      of === "users" ? (request.pace?.everyMs ?? 0) : 0,
    ),
    warmupMs: request.probeWarmupMs ?? 2_000,
  };
}

/** Puts everything about a search into the form of its run.json. */
export function toCapacityRecord(
  request: CapacityRequest,
  folder: RunFolder,
  state: CapacityState,
): CapacityRecord {
  const { resolved, probes, first, end } = state;
  const found = concludeCapacity(resolved.search, state.judged);
  const plan = toPlan(request, state);
  const capacity = toCapacity(resolved, found, probes);
  return {
    schema: runSchemaVersion,
    kind: "capacity",
    id: folder.id,
    name: request.run.name ?? null,
    children: state.children,
    plan,
    environment: first.environment,
    capacity,
    probes,
    verdict: describeCapacity(plan, capacity, probes, { found, end }),
  };
}

function toPlan(request: CapacityRequest, { resolved, limits, first }: CapacityState): CapacityPlan {
  const { of, search, durationMs, warmupMs } = resolved;
  return {
    url: first.plan.url,
    workload: first.plan.workload,
    limits: limits.map(({ text }) => text),
    limitsFrom: request.limits === undefined ? "single-user" : "given",
    of,
    least: search.least,
    most: search.most,
    resolution: search.resolution,
    maxProbes: search.maxProbes ?? null,
    probeDurationMs: durationMs,
    probeWarmupMs: warmupMs,
    pace: of === "users" ? (request.pace ?? null) : null,
    arrivals: of === "rate" ? (request.arrivals ?? { kind: "poisson" }) : null,
  };
}

function toCapacity(
  { of }: ResolvedCapacity,
  found: CapacityOutcome["found"],
  probes: readonly CapacityProbeRecord[],
): Capacity {
  const { lastPass = null, firstFail = null, confidence, interval } = found;
  const safe = lastPass === null ? null : lastPass * safeShare;
  return {
    of,
    lastPass,
    firstFail,
    recommended: safe === null ? null : of === "users" ? Math.max(1, Math.round(safe)) : toThreeDigits(safe),
    bindingLimit: firstFail === null ? null : (worstOf(firstFail, probes)?.bindingLimit ?? null),
    confidence,
    interval: { from: interval.from ?? null, below: interval.below ?? null },
  };
}
