import {
  encodeTeiPredictions,
  encodeTeiRanks,
  parseTeiPredictRequest,
  parseTeiRerankRequest,
  WeirError,
  type SequenceInputs,
  type VectorBlock,
} from "@weir/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { abortOnClose } from "./abort-on-close.ts";
import { encodeTimed, runModel } from "./run-embedding.ts";
import { scoringSchemas } from "./scoring-schemas.ts";
import type { Service } from "./service.ts";

/** TEI's routes for models that score texts and pairs of texts: the first of these that is served. */
export function addScoringRoutes(app: FastifyInstance, service: Service): void {
  const config = { dialect: "tei" } as const;

  app.post("/rerank", { schema: scoringSchemas.rerank, config }, async (request, reply) => {
    const asked = parseTeiRerankRequest(request.body);
    // With more than one label there is no telling which of the scores says how well a text answers.
    if (findLabels().length > 1) {
      throw new WeirError(
        "MODEL_WRONG_KIND",
        "model is not a re-ranker model: it has several labels; use POST /predict",
      );
    }
    const scores = await score(request, reply, asked);
    return send(request, reply, () => encodeTeiRanks(scores, asked));
  });

  app.post("/predict", { schema: scoringSchemas.predict, config }, async (request, reply) => {
    const asked = parseTeiPredictRequest(request.body);
    const labels = findLabels();
    const scores = await score(request, reply, asked);
    return send(request, reply, () => encodeTeiPredictions(scores, labels, asked));
  });

  function findLabels(): readonly string[] {
    return service.phase === "serving" ? (service.registry.resolve("rank", undefined).info.labels ?? []) : [];
  }

  async function score(
    request: FastifyRequest,
    reply: FastifyReply,
    { inputs, truncate }: { readonly inputs: SequenceInputs; readonly truncate: boolean },
  ): Promise<VectorBlock> {
    request.report.job = "rank";
    const asked = {
      model: undefined,
      inputs,
      normalize: false,
      pooling: undefined,
      dimensions: undefined,
      truncate,
    };
    return (await runModel(service, asked, { request, reply, signal: abortOnClose(reply) })).vectors;
  }
}

function send(request: FastifyRequest, reply: FastifyReply, encode: () => Uint8Array): FastifyReply {
  reply.type("application/json; charset=utf-8");
  return reply.send(encodeTimed(request, encode));
}
