import type { EmbeddingDialect } from "../canonical/embedding-dialect.ts";
import { encodeOpenAIError } from "./encode-error.ts";
import { encodeOpenAIRequest } from "./encode-request.ts";
import { encodeOpenAIResponse } from "./encode-response.ts";
import { parseOpenAIError } from "./parse-error.ts";
import { parseOpenAIRequest } from "./parse-request.ts";
import { parseOpenAIResponse } from "./parse-response.ts";

/** OpenAI's embeddings, which most servers speak. The only dialect with base64 vectors. */
export const openaiDialect: EmbeddingDialect = {
  name: "openai",
  path: "/v1/embeddings",
  parseRequest: parseOpenAIRequest,
  encodeResponse: encodeOpenAIResponse,
  encodeError: encodeOpenAIError,
  encodeRequest: encodeOpenAIRequest,
  parseResponse: parseOpenAIResponse,
  parseError: parseOpenAIError,
};
