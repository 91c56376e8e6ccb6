import type { EmbeddingDialect } from "../canonical/embedding-dialect.ts";
import { encodeOllamaError } from "./encode-error.ts";
import { encodeOllamaRequest } from "./encode-request.ts";
import { encodeOllamaResponse } from "./encode-response.ts";
import { parseOllamaError } from "./parse-error.ts";
import { parseOllamaRequest } from "./parse-request.ts";
import { parseOllamaResponse } from "./parse-response.ts";

/** Ollama's /api/embed. */
export const ollamaDialect: EmbeddingDialect = {
  name: "ollama",
  path: "/api/embed",
  parseRequest: parseOllamaRequest,
  encodeResponse: encodeOllamaResponse,
  encodeError: encodeOllamaError,
  encodeRequest: encodeOllamaRequest,
  parseResponse: parseOllamaResponse,
  parseError: parseOllamaError,
};
