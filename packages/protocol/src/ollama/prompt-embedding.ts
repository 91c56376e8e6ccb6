import type { EmbeddingResult } from "../canonical/embedding.ts";
import type { ParsedEmbeddingRequest } from "../canonical/embedding-dialect.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { readBody, readRequiredString, readString } from "../fields/read-fields.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";
import { readKeepAlive } from "./keep-alive.ts";

/**
 * POST /api/embeddings, what Ollama had before /api/embed: one `prompt`, and a vector as the model gives it, not scaled to
 * length 1. Without a prompt it asks only to load or unload; its list of texts is then empty.
 */
export function parseOllamaPromptRequest(body: unknown): ParsedEmbeddingRequest {
  const fields = readBody(body);
  const keepAliveMs = readKeepAlive(fields);
  const prompt = readString(fields, "prompt") ?? "";
  return {
    request: {
      model: readRequiredString(fields, "model", "Name the model; GET /api/tags lists them."),
      inputs: { kind: "texts", texts: prompt === "" ? [] : [prompt] },
      normalize: false,
      pooling: undefined,
      dimensions: undefined,
      truncate: true,
    },
    encoding: "float",
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
  };
}

/** `{"embedding":[...],"truncated_inputs"}`; `{"embedding":[]}` of a request that asked only to load or unload. */
export function encodeOllamaPromptResponse(result: EmbeddingResult | undefined): Uint8Array {
  if (result === undefined) return Buffer.from('{"embedding":[]}');
  const close = `,"${truncatedInputsField}":${result.truncated}}`;
  return encodeVectorsBody(
    { open: '{"embedding":', openRow: () => "", closeRow: "", close },
    result.vectors,
    "float",
  );
}
