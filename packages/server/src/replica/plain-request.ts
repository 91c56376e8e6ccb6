import type { EmbeddingRequest, ModelRequest } from "@weir/protocol";

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

/** The same as any model can be asked it: a model that scores is given each text by itself. */
export function toSampleRequest(texts: readonly string[], isRanking: boolean): ModelRequest {
  const request = toPlainRequest(texts);
  return isRanking
    ? { ...request, inputs: { kind: "sequences", sequences: texts.map((text) => [text]) } }
    : request;
}
