import type { ChatResult, ChatToolCall, ChatUsage, FinishReason } from "../../canonical/chat.ts";
import type { ChatAnswerHead } from "../../canonical/chat-dialect.ts";
import type { OpenAIToolCall, OpenAIUsage } from "./wire.ts";

/** `{"id","object":"chat.completion","created","model","choices":[{"index","message","finish_reason"}],"usage"}` */
export function encodeOpenAIChatResponse(result: ChatResult, head: ChatAnswerHead): Uint8Array {
  const { text, reasoning, toolCalls, finish } = result;
  const message = {
    role: "assistant",
    // A message that only calls tools has null here; clients tell the two apart by it.
    content: text === "" && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toOpenAIToolCall) }),
  };
  return Buffer.from(
    JSON.stringify({
      id: `chatcmpl-${head.id}`,
      object: "chat.completion",
      created: Math.floor(head.createdAtMs / 1000),
      model: head.model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: toOpenAIFinishReason(finish.reason) }],
      usage: toOpenAIUsage(finish.usage),
    }),
  );
}

export function toOpenAIToolCall({ id, name, argumentsJson }: ChatToolCall): OpenAIToolCall {
  return { id, type: "function", function: { name, arguments: argumentsJson } };
}

export function toOpenAIFinishReason(reason: FinishReason): string {
  switch (reason) {
    case "length":
    case "context-full":
      return "length";
    case "tool-calls":
      return "tool_calls";
    case "refusal":
      return "content_filter";
    case "end":
    case "stop-sequence":
    case "loaded":
      return "stop";
  }
}

export function toOpenAIUsage(usage: ChatUsage): OpenAIUsage {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
