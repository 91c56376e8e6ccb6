import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  countInputs,
  embeddingDialects,
  encodeOllamaLoaded,
  encodeOllamaPromptResponse,
  parseOllamaPromptRequest,
  selectEmbedDialect,
  type EmbeddingDialect,
} from "@weir/protocol";
import { abortOnClose } from "./abort-on-close.ts";
import { embedSchemas } from "./embedding-schemas.ts";
import { createRefuseAhead } from "./refuse-ahead.ts";
import { answerEmbedding, encodeTimed, loadOrUnload, runEmbedding } from "./run-embedding.ts";
import type { Service } from "./service.ts";

/** The embedding routes of every dialect. A route only translates: dialect to canonical, canonical to dialect. */
export function addEmbeddingRoutes(app: FastifyInstance, service: Service): void {
  const preParsing = createRefuseAhead(service);
  for (const name of ["openai", "ollama"] as const) {
    const dialect = embeddingDialects[name];
    app.post(
      dialect.path,
      { schema: embedSchemas[name], config: { dialect: name }, preParsing },
      (request, reply) => embed(dialect, request, reply),
    );
  }
  // Sidecar and TEI meet on this path; the body tells them apart, in refusals too, so that none goes ahead of it.
  app.post("/embed", { schema: embedSchemas.embed, config: { dialect: "sidecar" } }, (request, reply) => {
    const name = selectEmbedDialect(request.body);
    request.dialect = name;
    return embed(embeddingDialects[name], request, reply);
  });

  app.post(
    "/api/embeddings",
    { schema: embedSchemas.ollamaPrompt, config: { dialect: "ollama" }, preParsing },
    async (request, reply) => {
      request.report.job = "embed";
      const { request: asked, keepAliveMs } = parseOllamaPromptRequest(request.body);
      const exchange = { request, reply, signal: abortOnClose(reply), keepAliveMs };
      const loadsOnly = countInputs(asked.inputs) === 0;
      if (loadsOnly) await loadOrUnload(service, asked.model, exchange);
      const result = loadsOnly ? undefined : await runEmbedding(service, asked, exchange);
      reply.type("application/json; charset=utf-8");
      return reply.send(encodeTimed(request, () => encodeOllamaPromptResponse(result)));
    },
  );

  async function embed(
    dialect: EmbeddingDialect,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    request.report.job = "embed";
    const { request: asked, encoding, keepAliveMs } = dialect.parseRequest(request.body);
    const exchange = { request, reply, signal: abortOnClose(reply), keepAliveMs };
    // Only Ollama's has such requests.
    if (countInputs(asked.inputs) === 0) {
      const { name } = await loadOrUnload(service, asked.model, exchange);
      return reply.send(encodeOllamaLoaded(name));
    }
    const result = await answerEmbedding(service, asked, dialect.name, exchange);
    reply.type("application/json; charset=utf-8");
    if (result.kind === "passed") return reply.send(result.body);
    const timing = { totalMs: reply.elapsedTime, loadMs: result.loadMs };
    const answer = encodeTimed(request, () => dialect.encodeResponse(result, encoding, timing));
    return reply.send(answer);
  }
}
