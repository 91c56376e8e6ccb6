import {
  chatDialects,
  encodeOllamaLoadAnswer,
  encodeOllamaModel,
  encodeOllamaProcesses,
  encodeOllamaTags,
  parseOllamaLoadRequest,
  parseOllamaShowRequest,
  WeirError,
  type OllamaListedModel,
  type OllamaLoadPath,
  type OllamaShownModel,
} from "@weir/protocol";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { HostedModel } from "../models/model-registry.ts";
import type { QueuedBackend } from "../models/queued-backend.ts";
import type { HostedChat } from "../models/queue-chat.ts";
import { abortOnClose } from "./abort-on-close.ts";
import { answerChat, type ChatContext } from "./chat/answer-chat.ts";
import { chatSchemas } from "./chat/chat-schemas.ts";
import { loadOrUnload } from "./run-embedding.ts";

const chatPaths: readonly (readonly [OllamaLoadPath, "ollama" | "ollama-generate"])[] = [
  ["/api/generate", "ollama-generate"],
  ["/api/chat", "ollama"],
];

/** What Ollama's clients ask: which models there are, which are loaded, to load or unload one, and to chat. */
export function addOllamaModelRoutes(app: FastifyInstance, chat: ChatContext): void {
  const { service } = chat;
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
  const toListed = (name: string, model: HostedModel): OllamaListedModel => ({
    name,
    modifiedAt: startedAt,
    weightBytes: model.info.weightBytes ?? 0,
    precision: model.info.precision,
    ...(model.kind === "chat" ? describeChat(model) : describeScorer(model)),
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
      return reply.send(encodeOllamaModel({ ...toListed(name, model), ...describeAbilities(model) }));
    },
  );

  app.get(
    "/api/version",
    { schema: { summary: "The server's version (Ollama)", tags }, config },
    (_request, reply) => reply.send({ version: service.version }),
  );

  for (const [path, dialect] of chatPaths) {
    const schema = chatSchemas[dialect === "ollama" ? "ollama" : "ollamaGenerate"];
    app.post(path, { schema, config: { ...config, conversation: true } }, async (request, reply) => {
      const { model, keepAliveMs, asksForText } = parseOllamaLoadRequest(request.body, path);
      if (asksForText) {
        refuseOthers(service.registry.get(model));
        return await answerChat(chat, chatDialects[dialect], request, reply, keepAliveMs);
      }
      const { name, kind } = await loadOrUnload(service, model, {
        request,
        reply,
        signal: abortOnClose(reply),
        keepAliveMs,
      });
      await reply.send(encodeOllamaLoadAnswer(path, name, kind, Date.now()));
    });
  }
}

function refuseOthers({ name, kind }: HostedModel): void {
  if (kind === "chat") return;
  const instead =
    kind === "embed"
      ? "it is a model for embeddings. Use POST /api/embed."
      : "it scores texts. Use POST /rerank or /predict.";
  const message = `model "${name}" does not write text: ${instead}`;
  throw new WeirError("INVALID_REQUEST", message, { field: "model" });
}

function describeChat({
  info: { model },
}: HostedChat): Pick<OllamaListedModel, "format" | "architecture" | "parameters"> {
  if (model === undefined) return { format: "", architecture: undefined };
  return { format: "gguf", architecture: model.architecture, parameters: model.parameters };
}

function describeScorer({ info, source }: QueuedBackend): Pick<OllamaListedModel, "format" | "architecture"> {
  return { format: source.kind === "remote" ? "" : "onnx", architecture: info.architecture };
}

function describeAbilities(
  model: HostedModel,
): Pick<OllamaShownModel, "capabilities" | "dimensions" | "maxTokens"> {
  if (model.kind === "chat") {
    const capabilities = ["completion", "tools"];
    return { capabilities, dimensions: undefined, maxTokens: model.info.contextTokens };
  }
  const { dimensions, maxTokens } = model.info;
  return { capabilities: model.kind === "embed" ? ["embedding"] : [], dimensions, maxTokens };
}

/** One on another server is as good as loaded while that takes jobs. */
function isLoaded({ source, state, replicas }: HostedModel): boolean {
  return source.kind === "remote" ? state.kind === "ready" : replicas.length > 0;
}
