import type { EmbeddingRequest } from "@weir/protocol";

/** A request for texts that says nothing else: every other field is what a client gets that leaves it out. */
export function toPlainRequest(texts: readonly string[]): EmbeddingRequest {
  return {
    model: undefined,
    inputs: { kind: "texts", texts },
    normalize: true,
    pooling: undefined,
    dimensions: undefined,
    truncate: true,
  };
}
