import type { ChatDialect } from "../canonical/chat-dialect.ts";
import { anthropicAnswers } from "../chat-answers/answer-forms.ts";
import { encodeAnthropicError } from "./encode-error.ts";
import { encodeAnthropicRequest } from "./encode-request.ts";
import { encodeAnthropicResponse } from "./encode-response.ts";
import { createAnthropicStreamEncoder } from "./encode-stream.ts";
import { parseAnthropicRequest } from "./parse-request.ts";

/** Anthropic's messages. */
export const anthropicChatDialect: ChatDialect = {
  name: "anthropic",
  path: "/v1/messages",
  streamType: "text/event-stream",
  parseRequest: parseAnthropicRequest,
  encodeResponse: encodeAnthropicResponse,
  createStreamEncoder: createAnthropicStreamEncoder,
  encodeError: encodeAnthropicError,
  encodeRequest: encodeAnthropicRequest,
  ...anthropicAnswers,
};
