import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { AnswerCache } from "../answer-cache/answer-cache.ts";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";
import { logReplica } from "../logs/log-replica.ts";
import { logRequest, type SlowRequestLimits } from "../logs/log-request.ts";
import { addMetricsRoute } from "../metrics/metrics-route.ts";
import type { MeasuredModel } from "../metrics/model-metrics.ts";
import { createServerMetrics } from "../metrics/server-metrics.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { openRequestTracing } from "../traces/request-tracing.ts";
import { onRequestEnd } from "./request-end.ts";

/** What operators may set. */
export interface ObservingOptions {
  /** When a request is logged as slow. @default from 100 ms on */
  readonly slowRequests?: SlowRequestLimits;
  /** Base address of an OTLP/HTTP receiver for traces, e.g. `http://127.0.0.1:4318`. @default no traces */
  readonly otlpEndpoint?: string;
}

export interface ObservedServer {
  /** Weir's own version. */
  readonly version: string;
  /** @default nothing is logged */
  readonly logger: FastifyBaseLogger | undefined;
  readonly models: () => readonly MeasuredModel[];
  /** @default nothing is cached */
  readonly cache?: Pick<EmbeddingCache, "state"> | undefined;
  readonly answers?: AnswerCache | undefined;
}

/** Metrics, logs and traces of one server. */
export interface Observing {
  /**
   * Watches this app's requests, adds GET /metrics, and ends with the app, when it sends the last spans. To be called before
   * any hook that may answer a request.
   */
  addTo(app: FastifyInstance): void;
  noteReplica(model: string, event: ReplicaEvent): void;
}

export async function startObserving(
  { version, logger, models, cache, answers }: ObservedServer,
  { slowRequests = {}, otlpEndpoint }: ObservingOptions = {},
): Promise<Observing> {
  const onProblem = (error: Error): void =>
    logger?.warn({ endpoint: otlpEndpoint, reason: error.message }, "traces could not be delivered");
  const traces =
    otlpEndpoint === undefined
      ? undefined
      : await openRequestTracing({ endpoint: otlpEndpoint, version, onProblem });
  const metrics = createServerMetrics(version, models, cache, answers);

  return {
    addTo(app) {
      if (traces !== undefined) {
        app.addHook("onRequest", (request, _reply, done) => {
          traces.start(request);
          done();
        });
      }
      onRequestEnd(app, (end) => {
        metrics.noteRequest(end);
        traces?.end(end);
        if (logger !== undefined) logRequest(end, slowRequests, traces?.traceIdOf(end.request));
      });
      addMetricsRoute(app, metrics);
      app.addHook("onClose", async () => {
        metrics[Symbol.dispose]();
        await traces?.[Symbol.asyncDispose]();
      });
    },
    noteReplica(model, event) {
      metrics.noteReplica(model, event);
      if (logger !== undefined) logReplica(logger, model, event);
    },
  };
}
