import type { FastifyInstance } from "fastify";
import { encodeHealth } from "@weir/protocol";
import { describeUnreadiness, type Service } from "./service.ts";

/**
 * The probes. None touches a replica: what they say is known in this process, so they answer at once however busy
 * the models are.
 */
export function addHealthRoutes(app: FastifyInstance, service: Service): void {
  const tags = ["health"];

  app.get("/health/live", { schema: { summary: "Is the process alive?", tags } }, (_request, reply) =>
    reply.send({ status: "ok" }),
  );
  app.get("/health/ready", { schema: { summary: "Could a job be taken now?", tags } }, (_request, reply) => {
    const { status, body } = encodeHealth(describeUnreadiness(service));
    return reply.code(status).send(body);
  });
  app.get(
    "/health/startup",
    { schema: { summary: "Was every model ready once?", tags } },
    (_request, reply) => {
      const { status, body } = encodeHealth(service.phase === "starting" ? "starting" : undefined);
      return reply.code(status).send(body);
    },
  );
  app.get(
    "/health",
    { schema: { summary: "Health for sidecar and TEI clients, with detail", tags } },
    (_request, reply) => {
      const { status, body } = encodeHealth(describeUnreadiness(service));
      const models = service.registry.models.map(({ name, state, info, jobsHeld }) => {
        const restarts = state.kind === "stopped" ? undefined : state.restarts;
        return {
          name,
          state: state.kind,
          jobs: jobsHeld,
          restarts,
          device: info.device,
          reference_weights: info.reference,
        };
      });
      return reply.code(status).send({ ...body, phase: service.phase, version: service.version, models });
    },
  );
}
