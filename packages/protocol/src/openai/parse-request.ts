import type { ParsedEmbeddingRequest, VectorEncoding } from "../canonical/embedding-dialect.ts";
import { readBody, readBoolean, readChoice, readString, readWholeNumber } from "../fields/read-fields.ts";
import { readInputs } from "../fields/read-inputs.ts";

const encodings: readonly VectorEncoding[] = ["float", "base64"];

/** `model` may be left out: a server of one model knows which is meant. Vectors are always normalised. */
export function parseOpenAIRequest(body: unknown): ParsedEmbeddingRequest {
  const fields = readBody(body);
  return {
    request: {
      model: readString(fields, "model"),
      inputs: readInputs(fields, "input", { single: true, tokens: true, emptyText: false }),
      normalize: true,
      pooling: undefined,
      dimensions: readWholeNumber(fields, "dimensions", 1),
      truncate: readBoolean(fields, "truncate", true),
      promptName: readString(fields, "prompt_name"),
    },
    encoding: readChoice(fields, "encoding_format", encodings) ?? "float",
  };
}
