import { Registry } from "prom-client";
import type { AnswerCache } from "../answer-cache/answer-cache.ts";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";
import type { RequestEnd } from "../observing/request-end.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { createAnswerMetrics } from "./answer-metrics.ts";
import { createChatRequestMetrics, createMemoryMetrics } from "./chat-metrics.ts";
import { watchEventLoopDelay } from "./event-loop-delay.ts";
import { createCacheMetrics } from "./cache-metrics.ts";
import { createModelMetrics, type MeasuredModel } from "./model-metrics.ts";
import { createProbeMetrics } from "./probe-metrics.ts";
import { createProcessMetrics } from "./process-metrics.ts";
import { createReplicaMetrics } from "./replica-metrics.ts";
import { createRequestMetrics } from "./request-metrics.ts";

/** The metrics of one server. Disposing ends what watches the event loop. */
export interface ServerMetrics extends Disposable {
  /** This server's own: several in one process share nothing. */
  readonly registry: Registry;
  noteRequest(end: RequestEnd): void;
  noteReplica(model: string, event: ReplicaEvent): void;
}

/** `models` is asked at each scrape and for each request. `version` is Weir's. */
export function createServerMetrics(
  version: string,
  models: () => readonly MeasuredModel[],
  cache?: Pick<EmbeddingCache, "state">,
  answers?: AnswerCache,
): ServerMetrics {
  const registry = new Registry();
  const eventLoop = watchEventLoopDelay();
  const isServed = (name: string): boolean => models().some((model) => model.name === name);
  const noteRequest = createRequestMetrics(registry, isServed);
  const noteProbe = createProbeMetrics(registry);
  createModelMetrics(registry, models);
  createCacheMetrics(registry, cache);
  const noteChat = createChatRequestMetrics(registry, isServed);
  createMemoryMetrics(registry, models);
  createAnswerMetrics(registry, answers);
  const noteReplica = createReplicaMetrics(registry);
  createProcessMetrics(registry, version, eventLoop);
  return {
    registry,
    noteRequest(end) {
      if (end.probe) return noteProbe(end);
      noteRequest(end);
      noteChat(end);
    },
    noteReplica,
    [Symbol.dispose]: () => eventLoop[Symbol.dispose](),
  };
}
