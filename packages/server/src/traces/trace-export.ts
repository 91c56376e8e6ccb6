import type * as OpenTelemetryApi from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";

export interface TracingOptions {
  /** Base address of the OTLP/HTTP receiver, e.g. `http://127.0.0.1:4318`; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  /** Weir's own version. */
  readonly version: string;
  /** Told when spans could not be delivered, at most once a minute. */
  readonly onProblem: (error: Error) => void;
}

/** Where spans are made, and the way out for them. */
export interface TraceExport {
  readonly api: typeof OpenTelemetryApi;
  readonly tracer: OpenTelemetryApi.Tracer;
  readonly close: () => Promise<void>;
}

/** A receiver that does not answer must not hold the server's end up. */
const closeTimeoutMs = 3_000;
const problemPauseMs = 60_000;

/**
 * Loads OpenTelemetry, which takes a while and memory, so only when spans are wanted. Nothing is registered globally: two
 * servers in a process have two ways out. Headers, sampling and the service's name come from OpenTelemetry's own environment
 * variables (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES).
 */
export async function openTraceExport({
  endpoint,
  version,
  onProblem,
}: TracingOptions): Promise<TraceExport> {
  const [api, { BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
  const report = atMostEvery(problemPauseMs, onProblem);
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const exporter = withProblems(new OTLPTraceExporter({ url }), report);
  const named = resources.resourceFromAttributes({ "service.name": "weir", "service.version": version });
  const fromEnvironment = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new NodeTracerProvider({
    resource: named.merge(fromEnvironment),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  return {
    api,
    tracer: provider.getTracer("weir", version),
    close: async () => {
      const ended = provider.shutdown().catch((error: unknown) => report(error as Error));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          report(new Error(`the last ones were not taken within ${closeTimeoutMs} ms`));
          resolve();
        }, closeTimeoutMs);
      });
      await Promise.race([ended, late]);
      clearTimeout(timer);
    },
  };
}

function atMostEvery(pauseMs: number, tell: (error: Error) => void): (error: Error) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (nowMs < quietUntilMs) return;
    quietUntilMs = nowMs + pauseMs;
    tell(error);
  };
}

/** The SDK itself says nothing when nobody takes its spans. */
function withProblems(exporter: SpanExporter, onProblem: (error: Error) => void): SpanExporter {
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onProblem(result.error);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush === undefined ? {} : { forceFlush: () => exporter.forceFlush!() }),
  };
}
