import { encodeTeiEmbedAll, parseTeiEmbedAllRequest, WeirError, type ModelInputs } from "@weir/protocol";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { isBackend } from "../models/model-registry.ts";
import { estimateTokens } from "../models/estimate-tokens.ts";
import { abortOnClose } from "./abort-on-close.ts";
import { teiEmbedBody } from "./embedding-schemas.ts";
import { encodeTimed, runModel } from "./run-embedding.ts";
import type { Service } from "./service.ts";

/** Bytes that a number of a vector takes: as float32 twice on its way, and written out. */
const bytesPerNumber = 4 + 4 + 12;

/** TEI's /embed_all: the vectors of all tokens. */
export function addEmbedAllRoute(app: FastifyInstance, service: Service): void {
  const vectors = Type.Array(Type.Array(Type.Array(Type.Number())));
  const schema = {
    summary: "Vectors of all tokens (TEI)",
    tags: ["embeddings"],
    body: teiEmbedBody,
    response: { 200: vectors },
  };
  app.post("/embed_all", { schema, config: { dialect: "tei" } }, async (request, reply) => {
    request.report.job = "embed";
    const asked = parseTeiEmbedAllRequest(request.body);
    assertFits(asked.inputs);
    const exchange = { request, reply, signal: abortOnClose(reply) };
    const result = await runModel(service, asked, exchange);
    reply.type("application/json; charset=utf-8");
    return reply.send(encodeTimed(request, () => encodeTeiEmbedAll(result.vectors)));
  });

  /** One text is some hundred vectors: a list that is no large request may have an answer larger than the memory. */
  function assertFits(inputs: ModelInputs): void {
    const model = service.registry.models.filter(isBackend).find(({ kind }) => kind === "embed");
    if (model === undefined) return;
    const { dimensions, maxTokens = Number.POSITIVE_INFINITY } = model.info;
    const bytes = estimateTokens(inputs, maxTokens) * dimensions * bytesPerNumber;
    const most = service.limits.heldBytes;
    if (bytes <= most) return;
    const message = `the vectors of all tokens would take about ${bytes} bytes, more than the ${most} that may be held; split the list`;
    throw new WeirError("TOO_MANY_INPUTS", message, { field: "inputs" });
  }
}
