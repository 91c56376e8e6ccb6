import type { ChatDialect } from "../../canonical/chat-dialect.ts";
import { openaiAnswers } from "../../chat-answers/answer-forms.ts";
import { encodeOpenAIError } from "../encode-error.ts";
import { encodeOpenAIChatRequest } from "./encode-request.ts";
import { encodeOpenAIChatResponse } from "./encode-response.ts";
import { createOpenAIChatStreamEncoder } from "./encode-stream.ts";
import { parseOpenAIChatRequest } from "./parse-request.ts";

/** OpenAI's chat completions, which most servers speak. Reasoning travels as `reasoning_content`, as vLLM writes it. */
export const openaiChatDialect: ChatDialect = {
  name: "openai",
  path: "/v1/chat/completions",
  streamType: "text/event-stream",
  parseRequest: parseOpenAIChatRequest,
  encodeResponse: encodeOpenAIChatResponse,
  createStreamEncoder: createOpenAIChatStreamEncoder,
  encodeError: encodeOpenAIError,
  encodeRequest: encodeOpenAIChatRequest,
  ...openaiAnswers,
};
