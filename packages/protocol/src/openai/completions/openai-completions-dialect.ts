import type { ServedChatDialect } from "../../canonical/chat-dialect.ts";
import { encodeOpenAIError } from "../encode-error.ts";
import { createOpenAICompletionStreamEncoder, encodeOpenAICompletion } from "./encode-answer.ts";
import { parseOpenAICompletionRequest } from "./parse-request.ts";

/** The server's side of OpenAI's older completions, whose prompt is a text that the model goes on with. */
export const openaiCompletionsDialect: ServedChatDialect = {
  name: "openai",
  path: "/v1/completions",
  streamType: "text/event-stream",
  parseRequest: parseOpenAICompletionRequest,
  encodeResponse: encodeOpenAICompletion,
  createStreamEncoder: createOpenAICompletionStreamEncoder,
  encodeError: encodeOpenAIError,
};
