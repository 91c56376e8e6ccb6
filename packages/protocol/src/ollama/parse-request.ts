import type { EmbeddingInputs } from "../canonical/embedding.ts";
import type { ParsedEmbeddingRequest } from "../canonical/embedding-dialect.ts";
import {
  readBody,
  readBoolean,
  readField,
  readRequiredString,
  readWholeNumber,
  type Fields,
} from "../fields/read-fields.ts";
import { readInputs } from "../fields/read-inputs.ts";
import { readKeepAlive } from "./keep-alive.ts";

/**
 * No input, an empty text or an empty list asks to load the model, or with a `keep_alive` of 0 to unload it; it becomes
 * an empty list of texts. `options` are accepted and without effect: embedding has none.
 */
export function parseOllamaRequest(body: unknown): ParsedEmbeddingRequest {
  const fields = readBody(body);
  const keepAliveMs = readKeepAlive(fields);
  return {
    request: {
      model: readRequiredString(fields, "model", "Name the model; GET /api/tags lists them."),
      inputs: readInputsOrNone(fields),
      normalize: true,
      pooling: undefined,
      dimensions: readWholeNumber(fields, "dimensions", 1),
      truncate: readBoolean(fields, "truncate", true),
    },
    encoding: "float",
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
  };
}

function readInputsOrNone(fields: Fields): EmbeddingInputs {
  const written = readField(fields, "input") ?? "";
  const isNone = written === "" || (Array.isArray(written) && written.length === 0);
  return isNone
    ? { kind: "texts", texts: [] }
    : readInputs(fields, "input", { single: true, tokens: false, emptyText: true });
}
