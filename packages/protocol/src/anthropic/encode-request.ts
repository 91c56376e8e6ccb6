import type { ChatMessage, ChatPart, ChatRequest } from "../canonical/chat.ts";
import type { ChatDelivery } from "../canonical/chat-dialect.ts";
import { WeirError } from "../canonical/weir-error.ts";
import type { AnthropicBody, AnthropicMessage } from "./wire.ts";

type Json = Readonly<Record<string, unknown>>;

/** Neighbours of one role become one message, as the API asks for. Throws where a required field is missing. */
export function encodeAnthropicRequest(request: ChatRequest, delivery: ChatDelivery): Uint8Array {
  const { model, maxTokens, tools, temperature, topP, stop } = request;
  if (model === undefined) throw missing("model", "a model's name", "--model NAME");
  if (maxTokens === undefined) throw missing("max_tokens", "the answer's longest", "--output-tokens N");
  if (request.seed !== undefined)
    throw new WeirError("INVALID_REQUEST", "the anthropic dialect cannot ask for a seed. Leave it out.");
  const system = request.messages.flatMap((message) => (message.role === "system" ? message.text : []));
  const body: AnthropicBody = {
    model,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system: system.join("\n") }),
    messages: toMessages(request.messages),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map((tool) => ({
            name: tool.name,
            description: tool.description,
            input_schema: tool.parameters,
          })),
        }),
    ...toChoice(request),
    ...toOutputConfig(request),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(request.topK === undefined ? {} : { top_k: request.topK }),
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
    ...(delivery.kind === "stream" ? { stream: true } : {}),
  };
  return Buffer.from(JSON.stringify(body));
}

function toChoice({ tools, toolChoice, parallelToolCalls }: ChatRequest): Pick<AnthropicBody, "tool_choice"> {
  const one = tools.length > 0 && toolChoice.kind !== "none" && parallelToolCalls === false;
  if (toolChoice.kind === "auto" && !one) return {};
  return {
    tool_choice: {
      type: toolChoice.kind,
      ...(toolChoice.kind === "tool" ? { name: toolChoice.name } : {}),
      ...(one ? { disable_parallel_tool_use: true } : {}),
    },
  };
}

function toOutputConfig({ responseFormat }: ChatRequest): Pick<AnthropicBody, "output_config"> {
  if (responseFormat === undefined || responseFormat.kind === "text") return {};
  if (responseFormat.kind === "json-schema")
    return { output_config: { format: { type: "json_schema", schema: responseFormat.schema } } };
  const message = "the anthropic dialect cannot ask for JSON without a schema. Give one, or leave it out.";
  throw new WeirError("INVALID_REQUEST", message);
}

function missing(field: string, what: string, flag: string): WeirError {
  const message = `the anthropic dialect needs ${what}. Give one (${flag}).`;
  return new WeirError("INVALID_REQUEST", message, { field });
}

function toMessages(messages: readonly ChatMessage[]): readonly AnthropicMessage[] {
  const merged: { role: "user" | "assistant"; content: Json[] }[] = [];
  for (const message of messages) {
    if (message.role === "system") continue;
    const role = message.role === "assistant" ? "assistant" : "user";
    const last = merged.at(-1);
    if (last?.role === role) last.content.push(...toBlocks(message));
    else merged.push({ role, content: [...toBlocks(message)] });
  }
  return merged;
}

function toBlocks(message: Exclude<ChatMessage, { readonly role: "system" }>): readonly Json[] {
  switch (message.role) {
    case "user":
      return message.parts.map(toBlock);
    case "tool":
      return [{ type: "tool_result", tool_use_id: message.callId, content: message.text }];
    case "assistant":
      return [
        ...(message.text === "" ? [] : [{ type: "text", text: message.text }]),
        ...message.toolCalls.map(({ id, name, argumentsJson }) => ({
          type: "tool_use",
          id,
          name,
          input: JSON.parse(argumentsJson) as unknown,
        })),
      ];
  }
}

function toBlock(part: ChatPart): Json {
  if (part.kind === "text") return { type: "text", text: part.text };
  const [, media, data] = /^data:([^;,]*);base64,(.*)$/s.exec(part.url) ?? [];
  const source =
    data === undefined ? { type: "url", url: part.url } : { type: "base64", media_type: media, data };
  return { type: "image", source };
}
