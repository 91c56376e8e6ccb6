import type { ChatMessage } from "../../canonical/chat.ts";
import type { ParsedChatRequest } from "../../canonical/chat-dialect.ts";
import { readBody, readBoolean, readRequiredString, readString } from "../../fields/read-fields.ts";
import { readOllamaDelivery, readOllamaImages, readOllamaOptions } from "../chat/read-options.ts";

/** The prompt becomes the one message of a user. An empty one asks to load the model. */
export function parseOllamaGenerateRequest(body: unknown): ParsedChatRequest {
  const fields = readBody(body);
  const prompt = readString(fields, "prompt") ?? "";
  const system = readString(fields, "system") ?? "";
  const messages: ChatMessage[] = [];
  // A raw prompt goes as it is: the system text would be the template's to place.
  const raw = prompt !== "" && readBoolean(fields, "raw", false);
  if (prompt !== "" && !raw) {
    if (system !== "") messages.push({ role: "system", text: system });
    messages.push({ role: "user", parts: [{ kind: "text", text: prompt }, ...readOllamaImages(fields)] });
  }
  return {
    request: {
      model: readRequiredString(fields, "model", "Name the model; GET /api/tags lists them."),
      messages,
      tools: [],
      toolChoice: { kind: "auto" },
      ...readOllamaOptions(fields),
      ...(raw ? { rawPrompt: prompt } : {}),
    },
    delivery: readOllamaDelivery(fields),
  };
}
