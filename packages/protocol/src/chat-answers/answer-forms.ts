import { readAnthropicAnswer } from "../anthropic/read-answer.ts";
import { readOllamaAnswer } from "../ollama/chat/read-answer.ts";
import { readOpenAIAnswer } from "../openai/chat/read-answer.ts";
import type { ChatDialect } from "../canonical/chat-dialect.ts";
import { AnswerDecoder, type AnswerForm } from "./answer-decoder.ts";
import { createCallId } from "./create-call-id.ts";
import { parseWholeAnswer } from "./parse-whole.ts";
import { parseChatError } from "./read-error.ts";

type ClientSide = Pick<ChatDialect, "parseResponse" | "createStreamDecoder" | "parseError">;

function toClientSide(form: AnswerForm): ClientSide {
  return {
    parseResponse: (body) => parseWholeAnswer(body, form.read, createCallId),
    createStreamDecoder: () => new AnswerDecoder(form, createCallId),
    parseError: parseChatError,
  };
}

export const openaiAnswers: ClientSide = toClientSide({
  framing: "sse",
  read: readOpenAIAnswer,
  varying: /"(?:content|reasoning_content|reasoning|arguments|obfuscation)"\s*:\s*"/g,
  endText: "[DONE]",
  reasonEnds: true,
  endMark: "data: [DONE] or a finish_reason",
});

export const anthropicAnswers: ClientSide = toClientSide({
  framing: "sse",
  read: readAnthropicAnswer,
  varying: /"(?:text|thinking|partial_json)"\s*:\s*"/g,
  reasonEnds: false,
  endMark: "message_stop",
});

export const ollamaAnswers: ClientSide = toClientSide({
  framing: "ndjson",
  read: readOllamaAnswer,
  varying: /"(?:content|response|thinking|created_at)"\s*:\s*"/g,
  reasonEnds: false,
  endMark: '"done":true',
});
