import { encodeHealth } from "@weir/protocol";
import type { FastifyInstance, FastifyReply } from "fastify";
import { maySeeDetail } from "../security/add-security.ts";
import { describeMemories } from "./chat-detail.ts";
import { createCpuMeter } from "./cpu-meter.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { describeHealth } from "./health-detail.ts";
import { describeOutage, describeRest, describeUnreadiness } from "./judge-health.ts";
import type { Service } from "./service.ts";

/**
 * The probes, under the names that Kubernetes, load balancers and KServe's clients use. None touches a replica: what they
 * say is known in this process, so they answer at once however busy the models are.
 */
export function addHealthRoutes(
  app: FastifyInstance,
  service: Service,
  held: Pick<HeldBytes, "isCrowded">,
): void {
  const cpu = createCpuMeter();
  const isUnready = (): string | undefined =>
    describeUnreadiness(service.phase, service.registry.models) ??
    (held.isCrowded ? "the requests under way hold nearly all the bytes that they may" : undefined);

  function addProbe(
    paths: readonly string[],
    summary: string,
    answer: (reply: FastifyReply) => FastifyReply,
  ): void {
    for (const url of paths) {
      const options = { schema: { summary, tags: ["health"] }, config: { probe: true } } as const;
      app.get(url, options, (_request, reply) => answer(reply));
    }
  }

  addProbe(["/health/live", "/healthz", "/livez", "/ping"], "Is the process alive?", (reply) =>
    reply.send({ status: "ok" }),
  );
  addProbe(["/health/ready", "/readyz"], "Could a job be taken now?", (reply) =>
    sendHealth(
      reply,
      isUnready(),
      describeRest(service.registry.models),
      describeMemories(service.registry.models),
    ),
  );
  addProbe(["/health/startup"], "Was every model ready once?", (reply) =>
    sendHealth(reply, service.phase === "starting" ? "starting" : undefined),
  );
  addProbe(["/v2/health/live"], "Is the process alive? (KServe)", (reply) => reply.send({ live: true }));
  addProbe(["/v2/health/ready"], "Could a job be taken now? (KServe)", (reply) => {
    const unready = isUnready();
    return reply.code(unready === undefined ? 200 : 503).send({ ready: unready === undefined });
  });

  app.get<{ Params: { name: string } }>(
    "/v2/models/:name/ready",
    {
      schema: { summary: "Could this model take a job now? (KServe)", tags: ["health"] },
      config: { probe: true },
    },
    ({ params }, reply) => {
      const model = service.registry.find(params.name);
      if (model === undefined) {
        return reply
          .code(404)
          .header("x-should-retry", "false")
          .send({ error: `model "${params.name}" is not served here` });
      }
      const ready = describeUnreadiness(service.phase, [model]) === undefined;
      return reply.code(ready ? 200 : 503).send({ name: model.name, ready });
    },
  );
  app.get(
    "/health",
    {
      schema: { summary: "Health, with detail for this machine and for keys", tags: ["health"] },
      config: { probe: true },
    },
    async (request, reply) => {
      const { models } = service.registry;
      const { status, body } = encodeHealth(describeOutage(service.phase, models), describeRest(models));
      const detail = maySeeDetail(request) ? await describeHealth(service, cpu) : {};
      return reply.code(status).send({ ...body, ...detail });
    },
  );
}

function sendHealth(
  reply: FastifyReply,
  unreadiness: string | undefined,
  remarks: readonly string[] = [],
  more: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const { status, body } = encodeHealth(unreadiness, remarks);
  return reply.code(status).send({ ...body, ...more });
}
