import { randomInt } from "node:crypto";
import { drawCacheBusterStart, type LoadPlan, type WorkloadPlan } from "@weir/load";
import type { Schedule } from "@weir/stats";
import type { RunRequest, RunTarget, WorkloadRequest } from "./run-request.ts";

const longestConnectMs = 5000;

/** Connecting is given less time than an answer: it costs the server nothing. */
export function connectTimeoutMs(request: RunRequest): number {
  return Math.min(longestConnectMs, request.timeoutMs);
}

/** The load that a request comes to at a target that is known. */
export function toLoadPlan(request: RunRequest, target: RunTarget, schedule: Schedule): LoadPlan {
  return {
    url: request.url,
    workload: toWorkloadPlan(request.workload, target),
    schedule,
    preciseTiming: request.preciseTiming,
    stop: {
      durationMs: request.durationMs,
      requests: request.requests,
      failures: request.stopFailures,
      failuresInARow: request.stopFailuresInARow,
    },
    warmupMs: request.warmupMs,
    transport: {
      headers: request.headers,
      connectTimeoutMs: connectTimeoutMs(request),
      timeoutMs: request.timeoutMs,
      ...request.connection,
    },
  };
}

function toWorkloadPlan(workload: WorkloadRequest, target: RunTarget): WorkloadPlan {
  if (workload.kind !== "embeddings") return workload;
  const { texts, batch, cache } = workload;
  return {
    kind: "embeddings",
    // Embeddings are never sent before their dialect is known.
    dialect: target.dialect!,
    model: target.model,
    texts: texts.texts,
    batch,
    encoding: "float",
    // Not from the seed: a second run with the same seed must not find its own words in the server's cache.
    cache:
      cache === "warm"
        ? { kind: "warm" }
        : { kind: "busted", start: drawCacheBusterStart(() => randomInt(2 ** 32) / 2 ** 32) },
  };
}
