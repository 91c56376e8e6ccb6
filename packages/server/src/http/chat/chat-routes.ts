import { chatDialects, openaiCompletionsDialect, parseAnthropicCountRequest } from "@weir/protocol";
import type { FastifyInstance } from "fastify";
import { abortOnClose } from "../abort-on-close.ts";
import { assertServing } from "../service.ts";
import { answerChat, type ChatContext } from "./answer-chat.ts";
import { chatSchemas } from "./chat-schemas.ts";

/** The chat routes of OpenAI's and Anthropic's dialects; Ollama's stand among its other routes. */
export function addChatRoutes(app: FastifyInstance, context: ChatContext): void {
  const { service } = context;
  const { openai, anthropic } = chatDialects;

  app.post(
    openai.path,
    { schema: chatSchemas.openai, config: { dialect: "openai", conversation: true } },
    (request, reply) => answerChat(context, openai, request, reply),
  );
  app.post(
    openaiCompletionsDialect.path,
    { schema: chatSchemas.openaiCompletions, config: { dialect: "openai", conversation: true } },
    (request, reply) => answerChat(context, openaiCompletionsDialect, request, reply),
  );
  app.post(
    anthropic.path,
    { schema: chatSchemas.anthropic, config: { dialect: "anthropic", conversation: true } },
    (request, reply) => answerChat(context, anthropic, request, reply),
  );

  app.post(
    `${anthropic.path}/count_tokens`,
    { schema: chatSchemas.anthropicCount, config: { dialect: "anthropic", conversation: true } },
    async (request, reply) => {
      const { request: asked } = parseAnthropicCountRequest(request.body);
      assertServing(service);
      const model = service.registry.resolve("chat", asked.model);
      request.report.model = model.name;
      return reply.send({ input_tokens: await model.countTokens(asked, abortOnClose(reply)) });
    },
  );

  // What clients report of themselves; nothing of it is kept.
  app.post(
    "/api/event_logging/batch",
    { schema: chatSchemas.eventLogging, config: { dialect: "anthropic" } },
    (_request, reply) => reply.send({}),
  );
}
