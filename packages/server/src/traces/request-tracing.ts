import type { Span } from "@opentelemetry/api";
import type { FastifyRequest } from "fastify";
import type { RequestReport } from "../http/request-report.ts";
import { otherRoute, type RequestEnd } from "../observing/request-end.ts";
import { toPhaseSpans } from "./phase-spans.ts";
import { parseTraceparent } from "./traceparent.ts";
import { openTraceExport, type TraceExport, type TracingOptions } from "./trace-export.ts";

/** One span for each request, with a child for each of its phases. */
export interface RequestTracing extends AsyncDisposable {
  start(request: FastifyRequest): void;
  /** Under which the request is traced; undefined where it is not. */
  traceIdOf(request: FastifyRequest): string | undefined;
  end(end: RequestEnd): void;
}

/** Disposing sends what is not sent yet, within a few seconds, whether somebody listens or not. */
export async function openRequestTracing(options: TracingOptions): Promise<RequestTracing> {
  return createRequestTracing(await openTraceExport(options));
}

interface OpenSpan {
  readonly span: Span;
  readonly startMs: number;
}

function createRequestTracing({ api, tracer, close }: TraceExport): RequestTracing {
  const open = new WeakMap<FastifyRequest, OpenSpan>();
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api;

  return {
    start(request) {
      const { method, headers, routeOptions } = request;
      if (routeOptions.config.probe === true) return;
      const parent = parseTraceparent(headers.traceparent);
      const { tracestate } = headers;
      const context =
        parent === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, {
              ...parent,
              isRemote: true,
              ...(typeof tracestate === "string" ? { traceState: api.createTraceState(tracestate) } : {}),
            });
      const route = routeOptions.url ?? otherRoute;
      const startMs = nowMs();
      const span = tracer.startSpan(
        `${method} ${route}`,
        {
          kind: SpanKind.SERVER,
          startTime: startMs,
          attributes: {
            "http.request.method": method,
            "http.route": route,
            "weir.request_id": request.id,
          },
        },
        context,
      );
      open.set(request, { span, startMs });
    },
    traceIdOf: (request) => open.get(request)?.span.spanContext().traceId,
    end({ request, status, outcome, totalMs, report }) {
      const found = open.get(request);
      if (found === undefined) return;
      const { span, startMs } = found;
      const endMs = startMs + totalMs;
      if (!span.isRecording()) return;
      const errorType = report.failure ?? report.refusal;
      span.setAttributes({
        "http.response.status_code": status,
        "weir.outcome": outcome,
        "weir.key_id": report.keyId,
        ...(report.job === undefined
          ? {}
          : {
              "weir.job": report.job,
              "gen_ai.operation.name": report.job === "chat" ? "chat" : "embeddings",
            }),
        ...(report.model === undefined ? {} : { "gen_ai.request.model": report.model }),
        ...(report.inputs === undefined ? {} : { "weir.inputs": report.inputs }),
        ...(report.tokens === undefined ? {} : { "gen_ai.usage.input_tokens": report.tokens }),
        ...toChatAttributes(report),
        ...(report.batches === undefined ? {} : { "weir.batches": report.batches }),
        ...(errorType === undefined ? {} : { "error.type": errorType }),
      });
      if (status >= 500 || report.failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      const inside = trace.setSpan(ROOT_CONTEXT, span);
      for (const phase of toPhaseSpans(report, startMs, endMs)) {
        tracer
          .startSpan(
            phase.name,
            { startTime: phase.startMs, attributes: { "weir.measured_ms": phase.measuredMs } },
            inside,
          )
          .end(phase.endMs);
      }
      span.end(endMs);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Milliseconds since 1970 with a fraction: phases are often shorter than a millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function toChatAttributes({ chat, firstTokenMs }: RequestReport): Readonly<Record<string, number>> {
  const { inputTokens, cachedTokens, outputTokens } = chat ?? {};
  return {
    ...(inputTokens === undefined ? {} : { "gen_ai.usage.input_tokens": inputTokens }),
    ...(cachedTokens === undefined ? {} : { "gen_ai.usage.cache_read.input_tokens": cachedTokens }),
    ...(outputTokens === undefined ? {} : { "gen_ai.usage.output_tokens": outputTokens }),
    ...(firstTokenMs === undefined ? {} : { "weir.first_token_ms": firstTokenMs }),
  };
}
