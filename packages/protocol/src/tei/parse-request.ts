import type { ParsedEmbeddingRequest } from "../canonical/embedding-dialect.ts";
import { readBody, readBoolean, readString, readWholeNumber } from "../fields/read-fields.ts";
import { readInputs } from "../fields/read-inputs.ts";
import { checkTruncationDirection } from "./truncation-direction.ts";

export function parseTeiRequest(body: unknown): ParsedEmbeddingRequest {
  const fields = readBody(body);
  checkTruncationDirection(fields);
  return {
    request: {
      model: undefined,
      inputs: readInputs(fields, "inputs", { single: true, tokens: true, emptyText: false }),
      normalize: readBoolean(fields, "normalize", true),
      pooling: undefined,
      dimensions: readWholeNumber(fields, "dimensions", 1),
      truncate: readBoolean(fields, "truncate", true),
      promptName: readString(fields, "prompt_name"),
    },
    encoding: "float",
  };
}
