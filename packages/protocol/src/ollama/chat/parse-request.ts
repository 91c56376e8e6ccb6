import type { ChatMessage } from "../../canonical/chat.ts";
import type { ParsedChatRequest } from "../../canonical/chat-dialect.ts";
import {
  isFields,
  readBody,
  readField,
  readRequiredString,
  readString,
  unexpected,
  type Fields,
} from "../../fields/read-fields.ts";
import { readNamed, readObject, readObjects } from "../../fields/read-lists.ts";
import { readFunctionTools } from "../../openai/chat/parse-request.ts";
import { readOllamaDelivery, readOllamaImages, readOllamaOptions } from "./read-options.ts";

/** No messages ask to load the model. `think` is accepted and without effect; `keep_alive` is read by its own function. */
export function parseOllamaChatRequest(body: unknown): ParsedChatRequest {
  const fields = readBody(body);
  return {
    request: {
      model: readRequiredString(fields, "model", "Name the model; GET /api/tags lists them."),
      messages: readObjects(fields, "messages").map(({ item, place }) => readMessage(item, place)),
      tools: readFunctionTools(fields),
      toolChoice: { kind: "auto" },
      ...readOllamaOptions(fields),
    },
    delivery: readOllamaDelivery(fields),
  };
}

function readMessage(message: Fields, place: string): ChatMessage {
  const role = readField(message, "role");
  const text = readString(message, "content") ?? "";
  switch (role) {
    case "system":
      return { role, text };
    case "user":
      return { role, parts: [{ kind: "text", text }, ...readOllamaImages(message)] };
    case "assistant":
      return {
        role,
        text,
        reasoning: readString(message, "thinking") ?? "",
        toolCalls: readObjects(message, "tool_calls").map(({ item, place: call }, index) => {
          const called = readObject(item, "function");
          const values = readField(called, "arguments");
          return {
            id: readString(item, "id") ?? `call_${index}`,
            name: readNamed(called, `${place}.${call}.function`, "name"),
            argumentsJson: JSON.stringify(isFields(values) ? values : {}),
          };
        }),
      };
    case "tool":
      return {
        role,
        callId: readString(message, "tool_call_id") ?? readString(message, "tool_name") ?? "",
        text,
      };
    default:
      throw unexpected(`${place}.role`, "system, user, assistant or tool", role, "Correct it.");
  }
}
