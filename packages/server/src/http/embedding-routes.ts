import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  countInputs,
  embeddingDialects,
  selectEmbedDialect,
  truncatedInputsHeader,
  WeirError,
  type EmbeddingDialect,
} from "@weir/protocol";
import type { TimedEmbeddingResult } from "../models/embedding-backend.ts";
import { abortOnClose } from "./abort-on-close.ts";
import { embedSchemas } from "./embedding-schemas.ts";
import { assertServing, type Service } from "./service.ts";

/** The embedding routes of every dialect. A route only translates: dialect to canonical, canonical to dialect. */
export function addEmbeddingRoutes(app: FastifyInstance, service: Service): void {
  for (const name of ["openai", "ollama"] as const) {
    const dialect = embeddingDialects[name];
    app.post(dialect.path, { schema: embedSchemas[name], config: { dialect: name } }, (request, reply) =>
      embed(dialect, request, reply),
    );
  }
  // Sidecar and TEI meet on this path; the body tells them apart.
  app.post("/embed", { schema: embedSchemas.embed, config: { dialect: "sidecar" } }, (request, reply) => {
    const name = selectEmbedDialect(request.body);
    request.dialect = name;
    return embed(embeddingDialects[name], request, reply);
  });

  async function embed(
    dialect: EmbeddingDialect,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const parsed = dialect.parseRequest(request.body);
    const count = countInputs(parsed.request.inputs);
    if (count > service.limits.inputs) {
      const message = `expected at most ${service.limits.inputs} inputs in one request, got ${count}; split the list`;
      throw new WeirError("TOO_MANY_INPUTS", message);
    }
    assertServing(service);
    const model = service.registry.resolve(parsed.request.model);
    const result = await model.embed(parsed.request, abortOnClose(reply));
    addTruncationHeader(reply, result);
    return reply
      .type("application/json; charset=utf-8")
      .send(dialect.encodeResponse(result, parsed.encoding, { totalMs: reply.elapsedTime, loadMs: 0 }));
  }
}

/** Truncation is never silent: the count of cut inputs, on every answer that has some. */
export function addTruncationHeader(reply: FastifyReply, result: TimedEmbeddingResult): void {
  if (result.truncated > 0) reply.header(truncatedInputsHeader, result.truncated);
}
