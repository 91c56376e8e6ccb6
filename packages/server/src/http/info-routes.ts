import type { FastifyInstance } from "fastify";
import { defaultMaxPaddedTokens } from "@weir/engine";
import {
  encodeModelsResponse,
  encodeOllamaProcesses,
  encodeOllamaTags,
  encodeServerInfo,
  ollamaRootText,
  selectModelsDialect,
  selectRootAnswer,
  type OllamaListedModel,
} from "@weir/protocol";
import type { QueuedBackend } from "../models/queued-backend.ts";
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
      const version = request.headers["anthropic-version"];
      const dialect = selectModelsDialect(typeof version === "string" ? version : undefined);
      // An alias is a name that a client may ask for, so it is listed like one.
      const names = new Set([
        ...service.registry.models.map((model) => model.name),
        ...service.registry.aliases.keys(),
      ]);
      const models = Array.from(names, (name) => ({ name, createdAt: startedAt }));
      return reply.send(encodeModelsResponse(models, dialect));
    },
  );

  /** An alias is a name that a client may ask for, so it is listed like one where what it stands for is served. */
  function listNamed(): { name: string; model: QueuedBackend }[] {
    const { models, aliases } = service.registry;
    const names = new Set([...models.map((model) => model.name), ...aliases.keys()]);
    return Array.from(names).flatMap((name) => {
      const model = service.registry.find(name);
      return model === undefined ? [] : [{ name, model }];
    });
  }

  const toListed = (name: string, { info }: QueuedBackend): OllamaListedModel => ({
    name,
    modifiedAt: startedAt,
    weightBytes: info.weightBytes,
    precision: info.precision,
  });

  app.get(
    "/api/tags",
    { schema: { summary: "The served models (Ollama)", tags }, config: { dialect: "ollama" } },
    (_request, reply) => {
      return reply.send(encodeOllamaTags(listNamed().map(({ name, model }) => toListed(name, model))));
    },
  );

  app.get(
    "/api/ps",
    { schema: { summary: "The models that are loaded (Ollama)", tags }, config: { dialect: "ollama" } },
    (_request, reply) => {
      const loaded = service.registry.models.filter(({ replicas }) => replicas.length > 0);
      const processes = loaded.map((model) => {
        const { name, info, replicas, expiresInMs } = model;
        const sizeBytes = replicas.reduce((sum, { rssBytes }) => sum + (rssBytes ?? info.weightBytes), 0);
        const graphicsBytes = info.device === "cpu" ? 0 : info.weightBytes * replicas.length;
        return { ...toListed(name, model), sizeBytes, graphicsBytes, expiresInMs };
      });
      return reply.send(encodeOllamaProcesses(processes, Date.now()));
    },
  );

  app.get(
    "/info",
    { schema: { summary: "The first model (sidecar and TEI fields)", tags } },
    (_request, reply) => {
      assertServing(service);
      const { name, info, slots } = service.registry.resolve("embed", undefined);
      return reply.send(
        encodeServerInfo({
          modelName: name,
          ...info,
          maxJobs: service.limits.jobs + slots,
          maxBatchTokens: defaultMaxPaddedTokens,
          maxInputs: service.limits.inputs,
          preparers: 1,
          version: service.version,
        }),
      );
    },
  );
}
