import type { EmbeddingRequest } from "../canonical/embedding.ts";
import type { VectorEncoding } from "../canonical/embedding-dialect.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { checkExpressible } from "../fields/check-expressible.ts";
import type { OllamaEmbedBody } from "./wire.ts";

const expressible = {
  tokens: false,
  unnormalized: false,
  pooling: false,
  dimensions: true,
  base64: false,
  promptName: false,
};

export function encodeOllamaRequest(request: EmbeddingRequest, encoding: VectorEncoding): Uint8Array {
  checkExpressible("ollama", expressible, request, encoding);
  const { model, inputs, truncate, dimensions } = request;
  if (model === undefined) {
    throw new WeirError(
      "INVALID_REQUEST",
      "the ollama dialect needs a model's name. Give one (--model NAME).",
      {
        field: "model",
      },
    );
  }
  const body: OllamaEmbedBody = {
    model,
    input: inputs.kind === "texts" ? inputs.texts : [],
    truncate,
    ...(dimensions === undefined ? {} : { dimensions }),
  };
  return Buffer.from(JSON.stringify(body));
}
