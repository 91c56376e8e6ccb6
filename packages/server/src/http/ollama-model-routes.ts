import {
  encodeOllamaLoadAnswer,
  encodeOllamaModel,
  encodeOllamaProcesses,
  encodeOllamaTags,
  parseOllamaLoadRequest,
  parseOllamaShowRequest,
  WeirError,
  type OllamaListedModel,
  type OllamaLoadPath,
} from "@weir/protocol";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { HostedModel } from "../models/model-registry.ts";
import { abortOnClose } from "./abort-on-close.ts";
import { keepAliveSchema } from "./embedding-schemas.ts";
import { loadOrUnload } from "./run-embedding.ts";
import type { Service } from "./service.ts";

/** As Ollama names what a model can do. */
const capabilitiesOf = { embed: ["embedding"], rank: [], chat: ["completion", "tools"] } as const;

const loadPaths: readonly (readonly [OllamaLoadPath, object])[] = [
  ["/api/generate", { prompt: Type.Optional(Type.String({ maxLength: 0 })) }],
  ["/api/chat", { messages: Type.Optional(Type.Array(Type.Object({}), { maxItems: 0 })) }],
];

/** What Ollama's clients ask about models: which there are, which are loaded, and to load or unload one. */
export function addOllamaModelRoutes(app: FastifyInstance, service: Service): void {
  const tags = ["info"];
  const config = { dialect: "ollama" } as const;
  const startedAt = new Date();

  /** An alias is a name that a client may ask for, so it is listed like one where what it stands for is served. */
  function listNamed(): { name: string; model: HostedModel }[] {
    const { models, aliases } = service.registry;
    const names = new Set([...models.map((model) => model.name), ...aliases.keys()]);
    return Array.from(names).flatMap((name) => {
      const model = service.registry.find(name);
      return model === undefined ? [] : [{ name, model }];
    });
  }

  // Of what another server holds, nothing is in memory here, and its files are not known.
  const toListed = (name: string, { kind, info, source }: HostedModel): OllamaListedModel => ({
    name,
    modifiedAt: startedAt,
    weightBytes: info.weightBytes ?? 0,
    format: source.kind === "remote" ? "" : kind === "chat" ? "gguf" : "onnx",
    precision: info.precision,
    architecture:
      "architecture" in info ? info.architecture : "model" in info ? info.model?.architecture : undefined,
  });

  app.get(
    "/api/tags",
    { schema: { summary: "The served models (Ollama)", tags }, config },
    (_request, reply) =>
      reply.send(encodeOllamaTags(listNamed().map(({ name, model }) => toListed(name, model)))),
  );

  app.get(
    "/api/ps",
    { schema: { summary: "The models that are loaded (Ollama)", tags }, config },
    (_request, reply) => {
      const processes = service.registry.models.filter(isLoaded).map((model) => {
        const { name, info, replicas, expiresInMs } = model;
        const listed = toListed(name, model);
        const { weightBytes } = listed;
        const sizeBytes = replicas.reduce((sum, { rssBytes }) => sum + (rssBytes ?? weightBytes), 0);
        const graphicsBytes = info.device === "cpu" ? 0 : weightBytes * replicas.length;
        return { ...listed, sizeBytes, graphicsBytes, expiresInMs };
      });
      return reply.send(encodeOllamaProcesses(processes, Date.now()));
    },
  );

  app.post(
    "/api/show",
    {
      schema: {
        summary: "What a model is (Ollama)",
        tags,
        body: Type.Object({ model: Type.String({ minLength: 1 }) }),
      },
      config,
    },
    (request, reply) => {
      const name = parseOllamaShowRequest(request.body);
      const model = service.registry.get(name);
      const isChat = model.kind === "chat";
      const dimensions = isChat ? undefined : model.info.dimensions;
      const maxTokens = isChat ? model.info.contextTokens : model.info.maxTokens;
      const capabilities = capabilitiesOf[model.kind];
      return reply.send(encodeOllamaModel({ ...toListed(name, model), capabilities, dimensions, maxTokens }));
    },
  );

  app.get(
    "/api/version",
    { schema: { summary: "The server's version (Ollama)", tags }, config },
    (_request, reply) => reply.send({ version: service.version }),
  );

  for (const [path, nothing] of loadPaths) {
    const schema = {
      summary: "Load a model, or unload it with a keep_alive of 0 (Ollama)",
      tags,
      body: Type.Object({
        model: Type.String({ minLength: 1 }),
        keep_alive: Type.Optional(keepAliveSchema),
        ...nothing,
      }),
    };
    app.post(path, { schema, config }, async (request, reply) => {
      const { model, keepAliveMs, asksForText } = parseOllamaLoadRequest(request.body, path);
      if (asksForText) {
        const { name, kind } = service.registry.get(model);
        if (kind === "chat") throw new WeirError("INTERNAL", `${path} does not reach chat models yet`);
        const instead =
          kind === "embed"
            ? "it is a model for embeddings. Use POST /api/embed."
            : "it scores texts. Use POST /rerank or /predict.";
        const message = `model "${name}" does not write text: ${instead}`;
        throw new WeirError("INVALID_REQUEST", message, { field: "model" });
      }
      const { name, kind } = await loadOrUnload(service, model, {
        request,
        reply,
        signal: abortOnClose(reply),
        keepAliveMs,
      });
      return reply.send(encodeOllamaLoadAnswer(path, name, kind, Date.now()));
    });
  }
}

/** One on another server is as good as loaded while that takes jobs. */
function isLoaded({ source, state, replicas }: HostedModel): boolean {
  return source.kind === "remote" ? state.kind === "ready" : replicas.length > 0;
}
