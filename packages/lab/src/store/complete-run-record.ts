import { createEmptySummary, noDistribution } from "../record/empty-summary.ts";
import type { RunRecord } from "../record/run-record.ts";
import type { StoredRecord } from "./parse-record.ts";
import { isObject } from "./read-path.ts";

/** What a run says where its record is from before a field was added: that nothing is known of it. */
const absent = {
  plan: {
    stop: { durationMs: null, requests: null, failures: null, failuresInARow: null, errorRate: null },
    warmupMs: 0,
    preciseTiming: false,
    transport: {
      headerNames: [],
      firstByteTimeoutMs: null,
      httpVersion: "1.1",
      certificates: "usual",
      maxConnections: null,
      retries: 0,
    },
    limits: [],
    preset: null,
  },
  schedule: { users: 0, pace: null, appendedAtMs: [], segments: [] },
  environment: { loadAverage: 0, cpu: { model: "unknown", cores: 0 }, target: { evidence: [], info: null } },
  // Whether it was judged was not said at first; then it was whenever it was invalid.
  generator: {
    valid: true,
    judged: true,
    reasons: [],
    eventLoopDelayMs: null,
    lagMs: noDistribution,
    ownLagMs: noDistribution,
    cpu: null,
    workers: [],
    calibration: null,
  },
  summary: createEmptySummary("requests", { kind: "finished", by: "duration" }),
  server: null,
  verdict: { sentence: "", reasons: [] },
};

/** What of an object that may be null was added after it. */
const absentInside = {
  server: { process: null, metrics: null, where: null, together: null, series: null, notes: [] },
  tokens: { input: 0, cachedInput: 0, cachedInputOf: 0, output: 0, usageKnownOf: 0, outputPerSecond: 0 },
};

/** A stored record of the kind `run` with every field that this version of Weir reads; undefined for other kinds. */
export function completeRunRecord(record: StoredRecord): RunRecord | undefined {
  if (record.kind !== "run") return undefined;
  const { summary, server } = record as {
    readonly summary?: { readonly tokens?: unknown };
    readonly server?: unknown;
  };
  return fillIn(
    {
      ...absent,
      summary: { ...absent.summary, ...(isObject(summary?.tokens) && { tokens: absentInside.tokens }) },
      ...(isObject(server) && { server: absentInside.server }),
    },
    record,
  ) as RunRecord;
}

function fillIn(missing: unknown, value: unknown): unknown {
  if (value === undefined) return missing;
  if (!isObject(missing) || !isObject(value)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, other] of Object.entries(missing)) filled[name] = fillIn(other, value[name]);
  return filled;
}
