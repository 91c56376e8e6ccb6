import { poolings } from "../canonical/embedding.ts";
import type { ParsedEmbeddingRequest } from "../canonical/embedding-dialect.ts";
import {
  readBody,
  readBoolean,
  readChoice,
  readField,
  readString,
  readWholeNumber,
  unexpected,
} from "../fields/read-fields.ts";
import { readInputs } from "../fields/read-inputs.ts";

/** `batch_size` is checked and otherwise without effect: batches follow cost here. */
export function parseSidecarRequest(body: unknown): ParsedEmbeddingRequest {
  const fields = readBody(body);
  if (readField(fields, "texts") === undefined) {
    // POST /embed without either field ends up here, so the message knows both (see the routing table).
    const next = 'Send {"texts": [...]}, or {"inputs": ...} for the TEI dialect.';
    throw unexpected("texts", "a list of strings", undefined, next);
  }
  readWholeNumber(fields, "batch_size", 1);
  return {
    request: {
      model: undefined,
      inputs: readInputs(fields, "texts", { single: false, tokens: false, emptyText: true }),
      normalize: readBoolean(fields, "normalize", true),
      pooling: readChoice(fields, "pooling", poolings),
      dimensions: undefined,
      truncate: readBoolean(fields, "truncate", true),
      promptName: readString(fields, "prompt_name"),
    },
    encoding: "float",
  };
}
