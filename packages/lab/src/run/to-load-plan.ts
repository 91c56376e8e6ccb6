import { randomInt } from "node:crypto";
import {
  drawCacheBusterStart,
  type CachePlan,
  type ChatPlan,
  type EmbeddingsPlan,
  type LoadPlan,
  type WorkloadPlan,
} from "@weir/load";
import type { ChatDialectName, EmbeddingDialectName } from "@weir/protocol";
import type { Schedule } from "@weir/stats";
import type {
  ChatLoadRequest,
  EmbeddingsRequest,
  RunRequest,
  RunTarget,
  SingleWorkloadRequest,
  WorkloadRequest,
} from "./run-request.ts";

const longestConnectMs = 5000;

/** Connecting is given less time than an answer: it costs the server nothing. */
export function connectTimeoutMs(request: RunRequest): number {
  return request.connection?.connectTimeoutMs ?? Math.min(longestConnectMs, request.timeoutMs);
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
      errorRate: request.stopErrorRate,
    },
    warmupMs: request.warmupMs,
    transport: {
      ...request.connection,
      headers: request.headers,
      connectTimeoutMs: connectTimeoutMs(request),
      timeoutMs: request.timeoutMs,
    },
  };
}

// Embeddings and chat are never sent before their dialect is known: it is one of their own kind then.
function toWorkloadPlan(workload: WorkloadRequest, target: RunTarget): WorkloadPlan {
  switch (workload.kind) {
    case "mixed": {
      const parts = workload.parts.map((part, place) => ({
        ...part,
        workload: toSinglePlan(part.workload, target.parts![place]!),
      }));
      return { kind: "mixed", parts };
    }
    default:
      return toSinglePlan(workload, target);
  }
}

function toSinglePlan(
  workload: SingleWorkloadRequest,
  target: RunTarget,
): Exclude<WorkloadPlan, { readonly kind: "mixed" }> {
  switch (workload.kind) {
    case "embeddings":
      return toEmbeddingsPlan(workload, target.dialect as EmbeddingDialectName, target.model);
    case "chat":
      return toChatPlan(workload, target.dialect as ChatDialectName, target.model);
    default:
      return workload;
  }
}

function toEmbeddingsPlan(
  { texts, batch, cache }: EmbeddingsRequest,
  dialect: EmbeddingDialectName,
  model: string | undefined,
): EmbeddingsPlan {
  return {
    kind: "embeddings",
    dialect,
    model,
    texts: texts.texts,
    batch,
    encoding: "float",
    cache: toCachePlan(cache),
  };
}

function toChatPlan(
  { prompts, cache, ...asked }: ChatLoadRequest,
  dialect: ChatDialectName,
  model: string | undefined,
): ChatPlan {
  return { ...asked, dialect, model, prompts: prompts.prompts, cache: toCachePlan(cache) };
}

// Not from the seed: a second run with the same seed must not find its own words in the server's cache.
function toCachePlan(cache: "busted" | "warm"): CachePlan {
  if (cache === "warm") return { kind: "warm" };
  return { kind: "busted", start: drawCacheBusterStart(() => randomInt(2 ** 32) / 2 ** 32) };
}
