import type { ChatMessage, ChatPart, ChatRequest, ToolChoice } from "../../canonical/chat.ts";
import type { ChatDelivery } from "../../canonical/chat-dialect.ts";
import { toOpenAIToolCall } from "./encode-response.ts";
import type { OpenAIChatBody, OpenAIMessage, OpenAITool } from "./wire.ts";

/** Writes `max_tokens`, which every server of this dialect reads, not OpenAI's newer `max_completion_tokens`. */
export function encodeOpenAIChatRequest(request: ChatRequest, delivery: ChatDelivery): Uint8Array {
  const { model, tools, toolChoice, maxTokens, temperature, topP, seed, stop } = request;
  const body: OpenAIChatBody = {
    ...(model === undefined ? {} : { model }),
    messages: request.messages.map(toMessage),
    ...(tools.length === 0 ? {} : { tools: toFunctionTools(request) }),
    ...(toolChoice.kind === "auto" ? {} : { tool_choice: toChoice(toolChoice) }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop }),
    ...(request.topK === undefined ? {} : { top_k: request.topK }),
    ...(tools.length > 0 && request.parallelToolCalls === false ? { parallel_tool_calls: false } : {}),
    ...toResponseFormat(request),
    ...(request.ignoreEos ? { ignore_eos: true } : {}),
    ...(delivery.kind === "whole" ? {} : { stream: true }),
    ...(delivery.kind === "stream" && delivery.usage ? { stream_options: { include_usage: true } } : {}),
  };
  return Buffer.from(JSON.stringify(body));
}

export function toFunctionTools(request: ChatRequest): readonly OpenAITool[] {
  return request.tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
}

function toResponseFormat({ responseFormat }: ChatRequest): Pick<OpenAIChatBody, "response_format"> {
  if (responseFormat === undefined || responseFormat.kind === "text") return {};
  if (responseFormat.kind === "json") return { response_format: { type: "json_object" } };
  const { schema } = responseFormat;
  return { response_format: { type: "json_schema", json_schema: { name: "answer", schema } } };
}

function toChoice(choice: ToolChoice): unknown {
  if (choice.kind === "any") return "required";
  if (choice.kind === "tool") return { type: "function", function: { name: choice.name } };
  return choice.kind;
}

function toMessage(message: ChatMessage): OpenAIMessage {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.text };
    case "user":
      return { role: "user", content: toContent(message.parts) };
    case "assistant": {
      const { text, toolCalls } = message;
      if (toolCalls.length === 0) return { role: "assistant", content: text };
      return {
        role: "assistant",
        content: text === "" ? null : text,
        tool_calls: toolCalls.map(toOpenAIToolCall),
      };
    }
    case "tool":
      return { role: "tool", content: message.text, tool_call_id: message.callId };
  }
}

function toContent(parts: readonly ChatPart[]): OpenAIMessage["content"] {
  const [first] = parts;
  if (parts.length === 1 && first?.kind === "text") return first.text;
  return parts.map((part) =>
    part.kind === "text"
      ? { type: "text", text: part.text }
      : { type: "image_url", image_url: { url: part.url } },
  );
}
