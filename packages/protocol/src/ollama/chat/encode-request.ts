import type { ChatMessage, ChatPart, ChatRequest } from "../../canonical/chat.ts";
import type { ChatDelivery } from "../../canonical/chat-dialect.ts";
import { WeirError } from "../../canonical/weir-error.ts";
import { toFunctionTools } from "../../openai/chat/encode-request.ts";
import type { OllamaChatBody, OllamaMessage, OllamaOptions } from "./wire.ts";

export function encodeOllamaChatRequest(request: ChatRequest, delivery: ChatDelivery): Uint8Array {
  const options = toOllamaOptions(request);
  const body: OllamaChatBody = {
    model: requireModel(request),
    messages: request.messages.map((message, index) => toMessage(message, request.messages.slice(0, index))),
    ...(request.tools.length === 0 ? {} : { tools: toFunctionTools(request) }),
    stream: delivery.kind === "stream",
    ...toOllamaFormat(request),
    ...(options === undefined ? {} : { options }),
  };
  return Buffer.from(JSON.stringify(body));
}

/** The model's name, and a refusal of what Ollama has no words for. */
export function requireModel({
  model,
  tools,
  toolChoice,
  parallelToolCalls,
  ignoreEos,
}: ChatRequest): string {
  const missing: string[] = [];
  if (tools.length > 0 && parallelToolCalls === false) missing.push("one call at a time");
  if (toolChoice.kind !== "auto") missing.push(`tool choice ${toolChoice.kind}`);
  if (ignoreEos) missing.push("answers that go on past their end");
  if (missing.length > 0) {
    const asked = missing.join(", ");
    throw new WeirError(
      "INVALID_REQUEST",
      `the ollama dialect cannot ask for ${asked}. Leave that out, or use another dialect.`,
    );
  }
  if (model !== undefined) return model;
  throw new WeirError(
    "INVALID_REQUEST",
    "the ollama dialect needs a model's name. Give one (--model NAME).",
    {
      field: "model",
    },
  );
}

export function toOllamaFormat({ responseFormat }: ChatRequest): { readonly format?: "json" | object } {
  if (responseFormat === undefined || responseFormat.kind === "text") return {};
  return { format: responseFormat.kind === "json" ? "json" : responseFormat.schema };
}

export function toOllamaOptions(request: ChatRequest): OllamaOptions | undefined {
  const { maxTokens, temperature, topP, seed, stop } = request;
  const options: OllamaOptions = {
    ...(maxTokens === undefined ? {} : { num_predict: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(request.topK === undefined ? {} : { top_k: request.topK }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

/** Images as base64. Ollama fetches nothing, so an address cannot be sent. */
export function toOllamaImages(parts: readonly ChatPart[]): { readonly images?: readonly string[] } {
  const images = parts.flatMap((part) => {
    if (part.kind === "text") return [];
    const [, data] = /^data:[^,]*;base64,(.*)$/s.exec(part.url) ?? [];
    if (data !== undefined) return [data];
    throw new WeirError("INVALID_REQUEST", "the ollama dialect takes images as base64, not as addresses.");
  });
  return images.length === 0 ? {} : { images };
}

export function toPlainText(parts: readonly ChatPart[]): string {
  return parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
}

/** The name of the tool that a call was of: Ollama's messages know tools by it. */
function findToolName(callId: string, before: readonly ChatMessage[]): string {
  for (const message of before.toReversed()) {
    if (message.role !== "assistant") continue;
    const call = message.toolCalls.find(({ id }) => id === callId);
    if (call !== undefined) return call.name;
  }
  return callId;
}

function toMessage(message: ChatMessage, before: readonly ChatMessage[]): OllamaMessage {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.text };
    case "user":
      return { role: "user", content: toPlainText(message.parts), ...toOllamaImages(message.parts) };
    case "tool":
      return {
        role: "tool",
        content: message.text,
        tool_name: findToolName(message.callId, before),
        tool_call_id: message.callId,
      };
    case "assistant": {
      const { text, toolCalls } = message;
      if (toolCalls.length === 0) return { role: "assistant", content: text };
      const calls = toolCalls.map(({ name, argumentsJson }) => ({
        function: { name, arguments: JSON.parse(argumentsJson) as unknown },
      }));
      return { role: "assistant", content: text, tool_calls: calls };
    }
  }
}
