import type { FastifyInstance } from "fastify";
import type { ServerMetrics } from "./server-metrics.ts";

/** What Prometheus reads. */
export function addMetricsRoute(app: FastifyInstance, { registry }: ServerMetrics): void {
  app.get(
    "/metrics",
    { schema: { summary: "Metrics in Prometheus' text format", tags: ["info"] } },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
}
