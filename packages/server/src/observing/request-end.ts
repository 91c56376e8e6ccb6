import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errorCodes } from "@weir/protocol";
import { onExchangeEnd } from "../http/exchange-end.ts";
import type { RequestReport } from "../http/request-report.ts";

/** Stands for every path that is no route: what clients make up must not become a label. */
export const otherRoute = "other";

/** How a request ended, in one word. */
type Outcome =
  | "ok"
  /** The client's mistake (4xx). */
  | "invalid"
  /** Not taken for want of room or time: nothing is wrong with the request. */
  | "refused"
  | "failed"
  /** The client went away before it had its answer. */
  | "cancelled";

/** Told to come back later; the last one is Anthropic's. */
const refusalStatuses: ReadonlySet<number> = new Set([429, 503, 529]);

/** A request that is over. */
export interface RequestEnd {
  readonly id: string;
  readonly method: string;
  /** The route's pattern, e.g. `/v1/embeddings`; {@link otherRoute} for paths that are none. */
  readonly route: string;
  /** Asked by a load balancer or a supervisor, not by a client. */
  readonly probe: boolean;
  /** 499 where the client did not wait for one. */
  readonly status: number;
  readonly outcome: Outcome;
  /** From the request's arrival to the last byte of the answer, in milliseconds. */
  readonly totalMs: number;
  /**
   * What no phase accounts for: reading the body, the way to the replica and back, waiting there behind another job.
   * Undefined where no model was reached; 0 where batches beside each other add up to more than the whole.
   */
  readonly otherMs: number | undefined;
  readonly report: RequestReport;
  readonly request: FastifyRequest;
}

/** Calls back once for each request, when its answer is out or its client is gone. */
export function onRequestEnd(app: FastifyInstance, callback: (end: RequestEnd) => void): void {
  const over = new WeakSet<FastifyRequest>();
  function end(request: FastifyRequest, reply: FastifyReply, status: number): void {
    if (over.has(request)) return;
    over.add(request);
    callback(toRequestEnd(request, reply, status));
  }
  // Fastify also runs the clock of `reply.elapsedTime` only where there is such a hook.
  app.addHook("onResponse", (request, reply, done) => {
    end(request, reply, reply.statusCode);
    done();
  });
  app.addHook("onRequest", (request, reply, done) => {
    onExchangeEnd(reply, () => end(request, reply, errorCodes.CANCELLED.status));
    done();
  });
}

function toRequestEnd(request: FastifyRequest, reply: FastifyReply, status: number): RequestEnd {
  const { report, routeOptions } = request;
  return {
    id: request.id,
    method: request.method,
    route: routeOptions.url ?? otherRoute,
    probe: routeOptions.config.probe === true,
    status,
    outcome: toOutcome(status, report),
    totalMs: reply.elapsedTime,
    otherMs: toOtherMs(reply.elapsedTime, report),
    report,
    request,
  };
}

function toOtherMs(totalMs: number, report: RequestReport): number | undefined {
  const { queueMs = 0, tokenizeMs = 0, inferMs, encodeMs = 0 } = report;
  if (inferMs === undefined) return undefined;
  return Math.max(0, totalMs - queueMs - tokenizeMs - inferMs - encodeMs);
}

function toOutcome(status: number, { refusal, failure }: RequestReport): Outcome {
  if (status === errorCodes.CANCELLED.status) return "cancelled";
  if (failure !== undefined) return "failed";
  if (status < 400) return "ok";
  if (refusal !== undefined && refusalStatuses.has(status)) return "refused";
  return status < 500 ? "invalid" : "failed";
}
