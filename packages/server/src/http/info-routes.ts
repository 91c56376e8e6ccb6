import type { FastifyInstance, FastifyRequest } from "fastify";
import { defaultMaxPaddedTokens } from "@weir/engine";
import {
  encodeModelResponse,
  encodeModelsResponse,
  encodeServerInfo,
  ollamaRootText,
  selectModelsDialect,
  selectRootAnswer,
} from "@weir/protocol";
import { Type } from "typebox";
import { isBackend } from "../models/model-registry.ts";
import { describeChat } from "./chat-detail.ts";
import { describePlacement, findLayout, findPrecision } from "./placement.ts";
import { assertServing, type Service } from "./service.ts";

/** What the server says of itself and its models. Where dialects meet on a path, the request decides. */
export function addInfoRoutes(app: FastifyInstance, service: Service): void {
  const tags = ["info"];
  const startedAt = new Date();

  app.get("/", { schema: { summary: "Sign of life: JSON, or Ollama's text", tags } }, (request, reply) => {
    if (selectRootAnswer(request.headers.accept) === "ollama-text")
      return reply.type("text/plain").send(ollamaRootText);
    const models = service.registry.models.map((model) => model.name);
    return reply.send({ name: "weir", version: service.version, models, openapi: "/openapi.json" });
  });

  app.get(
    "/v1/models",
    { schema: { summary: "The served models (OpenAI or Anthropic)", tags } },
    (request, reply) => {
      const dialect = selectModelsDialect(readVersion(request));
      // An alias is a name that a client may ask for, so it is listed like one.
      const names = new Set([
        ...service.registry.models.map((model) => model.name),
        ...service.registry.aliases.keys(),
      ]);
      const models = Array.from(names, (name) => ({ name, createdAt: startedAt }));
      return reply.send(encodeModelsResponse(models, dialect));
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/models/:id",
    {
      schema: {
        summary: "One of the served models (OpenAI or Anthropic)",
        tags,
        params: Type.Object({ id: Type.String() }),
      },
    },
    (request, reply) => {
      const { id } = request.params;
      const found = service.registry.get(id);
      const isAlias = service.registry.aliases.has(id);
      const model = { name: isAlias ? id : found.name, createdAt: startedAt };
      return reply.send(encodeModelResponse(model, selectModelsDialect(readVersion(request))));
    },
  );

  app.get(
    "/info",
    { schema: { summary: "The first model (sidecar and TEI fields)", tags } },
    (_request, reply) => {
      assertServing(service);
      const { registry } = service;
      // A model that embeds comes first: it is what most clients want to know of.
      const first = registry.models.find(({ kind }) => kind === "embed") ?? registry.models[0];
      const model = first ?? registry.resolve("embed", undefined);
      if (!isBackend(model)) return reply.send({ ...describeChat(model), version: service.version });
      const { name, info, slots, source } = model;
      const layout = findLayout(source);
      return reply.send({
        ...encodeServerInfo({
          modelName: name,
          ...info,
          maxJobs: service.limits.jobs + slots,
          maxBatchTokens: defaultMaxPaddedTokens,
          maxInputs: service.limits.inputs,
          preparers: layout?.replicas ?? 0,
          version: service.version,
        }),
        ...describePlacement(info, layout, findPrecision(source)),
      });
    },
  );
}

function readVersion({ headers }: FastifyRequest): string | undefined {
  const version = headers["anthropic-version"];
  return typeof version === "string" ? version : undefined;
}
