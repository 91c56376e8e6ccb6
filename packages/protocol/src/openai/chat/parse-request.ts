import type {
  ChatMessage,
  ChatPart,
  ChatRequest,
  ChatTool,
  ChatToolCall,
  ToolChoice,
} from "../../canonical/chat.ts";
import type { ParsedChatRequest } from "../../canonical/chat-dialect.ts";
import { readAgentId } from "../../fields/read-agent-id.ts";
import {
  isFields,
  readBody,
  readBoolean,
  readField,
  readString,
  readWholeNumber,
  unexpected,
  type Fields,
} from "../../fields/read-fields.ts";
import { readNamed, readNumber, readObject, readObjects, readStrings } from "../../fields/read-lists.ts";
import { readTopK } from "../../fields/read-top-k.ts";
import { readResponseFormat } from "./read-response-format.ts";

/** `max_completion_tokens` counts before its older name `max_tokens`, `developer` messages are system messages. */
export function parseOpenAIChatRequest(body: unknown): ParsedChatRequest {
  const fields = readBody(body);
  const messages = readObjects(fields, "messages").map(({ item, place }) => readMessage(item, place));
  if (messages.length === 0)
    throw unexpected("messages", "at least one message", [], "Send what the user says.");
  return {
    request: {
      model: readString(fields, "model"),
      messages,
      tools: readFunctionTools(fields),
      toolChoice: readToolChoice(fields),
      maxTokens:
        readWholeNumber(fields, "max_completion_tokens", 1) ?? readWholeNumber(fields, "max_tokens", 1),
      temperature: readNumber(fields, "temperature"),
      topP: readNumber(fields, "top_p"),
      seed: readNumber(fields, "seed"),
      stop: readStrings(fields, "stop"),
      ignoreEos: readBoolean(fields, "ignore_eos", false),
      topK: readTopK(fields, "top_k"),
      ...readResponseFormat(fields),
      ...readParallelCalls(fields),
      agentId: readAgentId(fields, "prompt_cache_key", "user"),
    },
    delivery: readBoolean(fields, "stream", false)
      ? { kind: "stream", usage: readBoolean(readObject(fields, "stream_options"), "include_usage", false) }
      : { kind: "whole" },
  };
}

function readParallelCalls(fields: Fields): Pick<ChatRequest, "parallelToolCalls"> {
  return readBoolean(fields, "parallel_tool_calls", true) ? {} : { parallelToolCalls: false };
}

/** `tools: [{type: "function", function: {name, description, parameters}}]`, which Ollama has too. */
export function readFunctionTools(fields: Fields): readonly ChatTool[] {
  return readObjects(fields, "tools").map(({ item, place }) => {
    const tool = readObject(item, "function");
    return {
      name: readNamed(tool, `${place}.function`, "name"),
      description: readString(tool, "description") ?? "",
      parameters: readObject(tool, "parameters"),
    };
  });
}

function readToolChoice(fields: Fields): ToolChoice {
  const choice = readField(fields, "tool_choice") ?? "auto";
  if (choice === "auto" || choice === "none") return { kind: choice };
  if (choice === "required") return { kind: "any" };
  if (isFields(choice))
    return { kind: "tool", name: readNamed(readObject(choice, "function"), "tool_choice.function", "name") };
  throw unexpected(
    "tool_choice",
    "auto, none, required or a function",
    choice,
    "Correct it or leave it out.",
  );
}

function readMessage(message: Fields, place: string): ChatMessage {
  const role = readField(message, "role");
  const content = readField(message, "content") ?? "";
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", text: toText(readParts(content, place)) };
    case "user":
      return { role: "user", parts: readParts(content, place) };
    case "assistant":
      return {
        role,
        text: toText(readParts(content, place)),
        reasoning: readString(message, "reasoning_content") ?? "",
        toolCalls: readObjects(message, "tool_calls").map((call) => readToolCall(call.item, place)),
      };
    case "tool":
      return {
        role,
        callId: readNamed(message, place, "tool_call_id"),
        text: toText(readParts(content, place)),
      };
    default:
      throw unexpected(`${place}.role`, "system, developer, user, assistant or tool", role, "Correct it.");
  }
}

function readToolCall(call: Fields, place: string): ChatToolCall {
  const called = readObject(call, "function");
  return {
    id: readNamed(call, `${place}.tool_calls`, "id"),
    name: readNamed(called, `${place}.tool_calls`, "name"),
    argumentsJson: readString(called, "arguments") ?? "{}",
  };
}

function readParts(content: unknown, place: string): readonly ChatPart[] {
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (!Array.isArray(content))
    throw unexpected(`${place}.content`, "a string or a list of parts", content, "Correct it.");
  return readObjects({ content }, "content").map(({ item, place: part }) => {
    if (item["type"] === "image_url") {
      return { kind: "image", url: readNamed(readObject(item, "image_url"), `${place}.${part}`, "url") };
    }
    const text = readField(item, item["type"] === "refusal" ? "refusal" : "text");
    if (typeof text === "string") return { kind: "text", text };
    throw unexpected(`${place}.${part}`, "a text or image_url part", item["type"], "Leave other parts out.");
  });
}

function toText(parts: readonly ChatPart[]): string {
  return parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
}
