import type { ChatMessage, ChatRequest, ChatTool, ToolChoice } from "../canonical/chat.ts";
import type { ParsedChatRequest } from "../canonical/chat-dialect.ts";
import { readAgentId } from "../fields/read-agent-id.ts";
import {
  isFields,
  readBody,
  readBoolean,
  readField,
  readRequiredString,
  readString,
  readWholeNumber,
  unexpected,
  type Fields,
} from "../fields/read-fields.ts";
import { readNamed, readNumber, readObject, readObjects, readStrings } from "../fields/read-lists.ts";
import { readTopK } from "../fields/read-top-k.ts";
import { readAnthropicMessage, readAnthropicSystem } from "./read-message.ts";

/** `max_tokens` is required here, as in the original; {@link parseAnthropicCountRequest} is the one without. */
export function parseAnthropicRequest(body: unknown): ParsedChatRequest {
  const parsed = parseAnthropicCountRequest(body);
  if (parsed.request.maxTokens === undefined)
    throw unexpected(
      "max_tokens",
      "a whole number of at least 1",
      undefined,
      "Say how long the answer may be.",
    );
  return parsed;
}

/** POST /v1/messages/count_tokens: a request without the fields that are about its answer. */
export function parseAnthropicCountRequest(body: unknown): ParsedChatRequest {
  const fields = readBody(body);
  const said = readObjects(fields, "messages").flatMap(({ item, place }) =>
    readAnthropicMessage(item, place),
  );
  if (said.length === 0) throw unexpected("messages", "at least one message", [], "Send what the user says.");
  const system = readAnthropicSystem(fields);
  const messages: readonly ChatMessage[] = system === "" ? said : [{ role: "system", text: system }, ...said];
  return {
    request: {
      model: readRequiredString(fields, "model", "Name the model; GET /v1/models lists them."),
      messages,
      tools: readTools(fields),
      toolChoice: readToolChoice(fields),
      maxTokens: readWholeNumber(fields, "max_tokens", 1),
      temperature: readNumber(fields, "temperature"),
      topP: readNumber(fields, "top_p"),
      seed: undefined,
      stop: readStrings(fields, "stop_sequences"),
      ignoreEos: false,
      topK: readTopK(fields, "top_k"),
      ...readParallelCalls(fields),
      ...readOutputFormat(fields),
      agentId: readAgentId(fields) ?? readAgentId(readObject(fields, "metadata"), "user_id"),
    },
    delivery: readBoolean(fields, "stream", false) ? { kind: "stream", usage: true } : { kind: "whole" },
  };
}

function readParallelCalls(fields: Fields): Pick<ChatRequest, "parallelToolCalls"> {
  const one = readBoolean(readObject(fields, "tool_choice"), "disable_parallel_tool_use", false);
  return one ? { parallelToolCalls: false } : {};
}

/** `output_config.format`, or `output_format` as it was called before. */
function readOutputFormat(fields: Fields): Pick<ChatRequest, "responseFormat"> {
  const config = readObject(fields, "output_config");
  const [place, format] =
    readField(config, "format") === undefined
      ? ["output_format", readObject(fields, "output_format")]
      : ["output_config.format", readObject(config, "format")];
  const kind = readField(format, "type");
  if (kind === undefined) return {};
  if (kind !== "json_schema") throw unexpected(`${place}.type`, "json_schema", kind, "Correct it.");
  const schema = readField(format, "schema");
  if (isFields(schema)) return { responseFormat: { kind: "json-schema", schema } };
  throw unexpected(`${place}.schema`, "a JSON Schema", schema, "Give one.");
}

function readTools(fields: Fields): readonly ChatTool[] {
  return readObjects(fields, "tools").map(({ item, place }) => ({
    name: readNamed(item, place, "name"),
    description: readString(item, "description") ?? "",
    parameters: readObject(item, "input_schema"),
  }));
}

function readToolChoice(fields: Fields): ToolChoice {
  const choice = readObject(fields, "tool_choice");
  const kind = readField(choice, "type") ?? "auto";
  if (kind === "auto" || kind === "none" || kind === "any") return { kind };
  if (kind === "tool") return { kind, name: readNamed(choice, "tool_choice", "name") };
  throw unexpected("tool_choice.type", "auto, any, tool or none", kind, "Correct it or leave it out.");
}
