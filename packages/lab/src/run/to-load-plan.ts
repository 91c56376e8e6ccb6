import { randomInt } from "node:crypto";
import { drawCacheBusterStart, type LoadPlan } from "@weir/load";
import type { ClosedLoopSchedule } from "@weir/stats";
import type { RunRequest, RunTarget } from "./run-request.ts";

const longestConnectMs = 5000;

/** Connecting is given less time than an answer: it costs the server nothing. */
export function connectTimeoutMs(request: RunRequest): number {
  return Math.min(longestConnectMs, request.timeoutMs);
}

/** The load that a request comes to at a target that is known. */
export function toLoadPlan(request: RunRequest, target: RunTarget, schedule: ClosedLoopSchedule): LoadPlan {
  const { texts, batch, cache } = request.workload;
  return {
    url: request.url,
    workload: {
      kind: "embeddings",
      dialect: target.dialect,
      model: target.model,
      texts: texts.texts,
      batch,
      encoding: "float",
      // Not from the seed: a second run with the same seed must not find its own words in the server's cache.
      cache:
        cache === "warm"
          ? { kind: "warm" }
          : { kind: "busted", start: drawCacheBusterStart(() => randomInt(2 ** 32) / 2 ** 32) },
    },
    schedule,
    stop: { durationMs: request.durationMs, requests: request.requests },
    warmupMs: request.warmupMs,
    transport: {
      headers: request.headers,
      connectTimeoutMs: connectTimeoutMs(request),
      timeoutMs: request.timeoutMs,
    },
  };
}
