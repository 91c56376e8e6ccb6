import type { ChatResult, ChatToolCall, ChatUsage, FinishReason } from "../canonical/chat.ts";
import type { ChatAnswerHead } from "../canonical/chat-dialect.ts";
import { parseArguments } from "../canonical/parse-arguments.ts";
import type { AnthropicUsage } from "./wire.ts";

/** `{"id","type":"message","role","model","content":[blocks],"stop_reason","stop_sequence","usage"}` */
export function encodeAnthropicResponse(result: ChatResult, head: ChatAnswerHead): Uint8Array {
  const { text, reasoning, toolCalls, finish } = result;
  const content = [
    ...(reasoning === "" ? [] : [{ type: "thinking", thinking: reasoning, signature: "" }]),
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...toolCalls.flatMap(toToolUse),
  ];
  return Buffer.from(
    JSON.stringify({
      id: `msg_${head.id}`,
      type: "message",
      role: "assistant",
      model: head.model,
      content,
      stop_reason: toAnthropicStopReason(finish.reason),
      stop_sequence: finish.stopSequence ?? null,
      usage: toAnthropicUsage(finish.usage),
    }),
  );
}

/** None of a call that the answer's end cut off: its input would be another one. */
function toToolUse({ id, name, argumentsJson }: ChatToolCall): readonly Readonly<Record<string, unknown>>[] {
  const input = parseArguments(argumentsJson);
  return input === undefined ? [] : [{ type: "tool_use", id, name, input }];
}

export function toAnthropicStopReason(reason: FinishReason): string {
  switch (reason) {
    case "end":
    case "loaded":
      return "end_turn";
    case "length":
      return "max_tokens";
    case "stop-sequence":
      return "stop_sequence";
    case "tool-calls":
      return "tool_use";
    case "refusal":
      return "refusal";
    case "context-full":
      return "model_context_window_exceeded";
  }
}

export function toAnthropicUsage(usage: ChatUsage): AnthropicUsage {
  return {
    input_tokens: usage.inputTokens - usage.cachedInputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
  };
}
