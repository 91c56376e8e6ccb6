import type { UnitKind } from "@weir/load";
import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import type { RunSummary } from "./run-record.ts";

/** Of no samples. */
export const noDistribution: Distribution = toDistribution(new Histogram());

/** The summary of a run in which nothing was sent. */
export function createEmptySummary(unit: UnitKind, end: RunSummary["end"]): RunSummary {
  return {
    offered: 0,
    sent: 0,
    completed: 0,
    failed: { total: 0, byKind: {} },
    truncated: null,
    window: { startMs: 0, endMs: 0 },
    requestsPerSecond: 0,
    units: { kind: unit, total: 0, perSecond: 0 },
    latencyMs: { service: noDistribution, response: noDistribution, lag: noDistribution },
    ttftMs: null,
    ttftFromDueMs: null,
    ttfoMs: null,
    tpotMs: null,
    chunkGapMs: null,
    firstToolCallMs: null,
    completeToolCallMs: null,
    serverMs: null,
    serverQueueMs: null,
    serverInferenceMs: null,
    serverRestMs: null,
    tokens: null,
    turns: null,
    parts: null,
    bySize: null,
    retries: null,
    connections: { opened: 0, reused: 0, lostWhileIdle: 0 },
    warnings: [],
    samples: null,
    attainment: null,
    untilFirstFailure: null,
    cutOff: 0,
    cutOffs: null,
    silence: null,
    measured: "window",
    warmUp: { completed: 0, failed: 0 },
    checks: { examined: 0, failed: 0, truncationKnownOf: 0, tallies: {} },
    end,
  };
}
