import {
  countInputs,
  parseTeiDecodeRequest,
  parseTeiTokenizeRequest,
  WeirError,
  type ModelRequest,
} from "@weir/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import { isBackend } from "../models/model-registry.ts";
import { abortOnClose } from "./abort-on-close.ts";
import { prompt_name } from "./embedding-schemas.ts";
import { readJobTerms } from "./job-terms.ts";
import { assertServing, type Service } from "./service.ts";

const tags = ["tokens"];
const place = Type.Union([Type.Integer(), Type.Null()]);
const tokenizeSchema = {
  summary: "The tokens of texts (TEI)",
  tags,
  body: Type.Object({
    inputs: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })]),
    add_special_tokens: Type.Optional(Type.Boolean({ default: true })),
    prompt_name,
  }),
  response: {
    200: Type.Array(
      Type.Array(
        Type.Object({
          id: Type.Integer(),
          text: Type.String(),
          special: Type.Boolean(),
          start: place,
          stop: place,
        }),
      ),
    ),
  },
};
const ids = Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 });
const decodeSchema = {
  summary: "The texts of tokens (TEI)",
  tags,
  body: Type.Object({
    ids: Type.Union([ids, Type.Array(ids, { minItems: 1 })]),
    skip_special_tokens: Type.Optional(Type.Boolean({ default: true })),
  }),
  response: { 200: Type.Array(Type.String()) },
};

/** TEI's routes of the tokenizer alone: that of the first model that embeds, or of the first that there is. */
export function addTokenRoutes(app: FastifyInstance, service: Service): void {
  const config = { dialect: "tei" } as const;
  app.post("/tokenize", { schema: tokenizeSchema, config }, (request, reply) =>
    answer(parseTeiTokenizeRequest(request.body), request, reply),
  );
  app.post("/decode", { schema: decodeSchema, config }, (request, reply) =>
    answer(parseTeiDecodeRequest(request.body), request, reply),
  );

  async function answer(
    asked: ModelRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { registry, limits } = service;
    const count = countInputs(asked.inputs);
    if (count > limits.inputs) {
      const message = `expected at most ${limits.inputs} inputs in one request, got ${count}; split the list`;
      throw new WeirError("TOO_MANY_INPUTS", message);
    }
    const terms = readJobTerms(request, limits.requestTimeoutMs);
    assertServing(service);
    const backends = registry.models.filter(isBackend);
    const first = backends.find(({ kind }) => kind === "embed") ?? backends[0];
    const model = first ?? registry.resolve("embed", undefined);
    request.report.model = model.name;
    reply.type("application/json; charset=utf-8");
    return reply.send(await model.tokens(asked, terms, abortOnClose(reply)));
  }
}
