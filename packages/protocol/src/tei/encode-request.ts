import type { EmbeddingRequest } from "../canonical/embedding.ts";
import type { VectorEncoding } from "../canonical/embedding-dialect.ts";
import { checkExpressible } from "../fields/check-expressible.ts";
import type { TeiEmbedBody } from "./wire.ts";

const expressible = {
  tokens: true,
  unnormalized: true,
  pooling: false,
  dimensions: true,
  base64: false,
  promptName: true,
};

/** `truncate` is always written: what its absence means has changed between releases of TEI. */
export function encodeTeiRequest(request: EmbeddingRequest, encoding: VectorEncoding): Uint8Array {
  checkExpressible("tei", expressible, request, encoding);
  const { inputs, truncate, normalize, dimensions, promptName } = request;
  const body: TeiEmbedBody = {
    inputs: inputs.kind === "texts" ? inputs.texts : inputs.tokens,
    truncate,
    normalize,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(promptName === undefined ? {} : { prompt_name: promptName }),
  };
  return Buffer.from(JSON.stringify(body));
}
