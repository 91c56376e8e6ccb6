import type { ChatDialect } from "../../canonical/chat-dialect.ts";
import { ollamaAnswers } from "../../chat-answers/answer-forms.ts";
import { toGeneratePart } from "../chat/encode-answer.ts";
import { encodeWhole } from "../chat/encode-response.ts";
import { createLineEncoder } from "../chat/encode-stream.ts";
import { encodeOllamaError } from "../encode-error.ts";
import { encodeOllamaGenerateRequest } from "./encode-request.ts";
import { parseOllamaGenerateRequest } from "./parse-request.ts";

/** Ollama's /api/generate: /api/chat with one prompt in, and `response` in place of a message out. */
export const ollamaGenerateDialect: ChatDialect = {
  name: "ollama-generate",
  path: "/api/generate",
  streamType: "application/x-ndjson",
  parseRequest: parseOllamaGenerateRequest,
  encodeResponse: (result, head) => encodeWhole(result, head, toGeneratePart),
  createStreamEncoder: (head, options) => createLineEncoder(head, options, toGeneratePart),
  encodeError: encodeOllamaError,
  encodeRequest: encodeOllamaGenerateRequest,
  ...ollamaAnswers,
};
