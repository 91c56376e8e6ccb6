import type { ParsedEmbeddingRequest } from "../canonical/embedding-dialect.ts";
import { readBody, readBoolean, readRequiredString, readWholeNumber } from "../fields/read-fields.ts";
import { readInputs } from "../fields/read-inputs.ts";

/** `keep_alive` and `options` are accepted and without effect: models stay loaded, and embedding has no options. */
export function parseOllamaRequest(body: unknown): ParsedEmbeddingRequest {
  const fields = readBody(body);
  return {
    request: {
      model: readRequiredString(fields, "model", "Name the model; GET /v1/models lists them."),
      inputs: readInputs(fields, "input", { single: true, tokens: false, emptyText: true }),
      normalize: true,
      pooling: undefined,
      dimensions: readWholeNumber(fields, "dimensions", 1),
      truncate: readBoolean(fields, "truncate", true),
    },
    encoding: "float",
  };
}
