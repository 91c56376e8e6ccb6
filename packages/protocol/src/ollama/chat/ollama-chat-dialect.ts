import type { ChatDialect } from "../../canonical/chat-dialect.ts";
import { ollamaAnswers } from "../../chat-answers/answer-forms.ts";
import { encodeOllamaError } from "../encode-error.ts";
import { encodeOllamaChatRequest } from "./encode-request.ts";
import { encodeOllamaChatResponse } from "./encode-response.ts";
import { createOllamaChatStreamEncoder } from "./encode-stream.ts";
import { parseOllamaChatRequest } from "./parse-request.ts";

/** Ollama's /api/chat. */
export const ollamaChatDialect: ChatDialect = {
  name: "ollama",
  path: "/api/chat",
  streamType: "application/x-ndjson",
  parseRequest: parseOllamaChatRequest,
  encodeResponse: encodeOllamaChatResponse,
  createStreamEncoder: createOllamaChatStreamEncoder,
  encodeError: encodeOllamaError,
  encodeRequest: encodeOllamaChatRequest,
  ...ollamaAnswers,
};
