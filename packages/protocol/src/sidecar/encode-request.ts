import type { EmbeddingRequest } from "../canonical/embedding.ts";
import type { VectorEncoding } from "../canonical/embedding-dialect.ts";
import { checkExpressible } from "../fields/check-expressible.ts";
import type { SidecarEmbedBody } from "./wire.ts";

const expressible = {
  tokens: false,
  unnormalized: true,
  pooling: true,
  dimensions: false,
  base64: false,
  promptName: false,
};

export function encodeSidecarRequest(request: EmbeddingRequest, encoding: VectorEncoding): Uint8Array {
  checkExpressible("sidecar", expressible, request, encoding);
  const { inputs, normalize, pooling, truncate } = request;
  const body: SidecarEmbedBody = {
    texts: inputs.kind === "texts" ? inputs.texts : [],
    normalize,
    ...(pooling === undefined ? {} : { pooling }),
    ...(truncate ? {} : { truncate }),
  };
  return Buffer.from(JSON.stringify(body));
}
