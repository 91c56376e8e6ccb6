import type { EmbeddingRequest } from "../canonical/embedding.ts";
import type { VectorEncoding } from "../canonical/embedding-dialect.ts";
import { checkExpressible } from "../fields/check-expressible.ts";
import type { OpenAIEmbeddingBody } from "./wire.ts";

const expressible = {
  tokens: true,
  unnormalized: false,
  pooling: false,
  dimensions: true,
  base64: true,
  promptName: false,
};

export function encodeOpenAIRequest(request: EmbeddingRequest, encoding: VectorEncoding): Uint8Array {
  checkExpressible("openai", expressible, request, encoding);
  const { model, inputs, dimensions, truncate } = request;
  const body: OpenAIEmbeddingBody = {
    ...(model === undefined ? {} : { model }),
    input: inputs.kind === "texts" ? inputs.texts : inputs.tokens,
    encoding_format: encoding,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(truncate ? {} : { truncate }),
  };
  return Buffer.from(JSON.stringify(body));
}
