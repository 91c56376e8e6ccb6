import type { ChatMessage, ChatPart, ChatToolCall } from "../canonical/chat.ts";
import { readField, readString, unexpected, type Fields } from "../fields/read-fields.ts";
import { readNamed, readObject, readObjects } from "../fields/read-lists.ts";

/**
 * The system prompt, a string or blocks of text. Agent clients put a line about billing into it that differs from
 * request to request; it is left out, or no two prompts would ever begin alike.
 */
export function readAnthropicSystem(fields: Fields): string {
  return readTexts(readField(fields, "system") ?? "", "system")
    .filter((text) => !text.startsWith("x-anthropic-billing-header:"))
    .join("\n");
}

/** One message becomes several where it holds results of tools: those are messages of their own, and come first. */
export function readAnthropicMessage(message: Fields, place: string): readonly ChatMessage[] {
  const role = readField(message, "role");
  if (role === "system") return [{ role, text: readTexts(readField(message, "content"), place).join("\n") }];
  if (role !== "user" && role !== "assistant")
    throw unexpected(`${place}.role`, "user or assistant", role, "Put system texts into the field system.");
  const content = readField(message, "content");
  const blocks =
    typeof content === "string"
      ? [{ item: { type: "text", text: content } as Fields, place: "content" }]
      : readObjects(message, "content");
  return role === "assistant" ? [readAssistant(blocks, place)] : readUser(blocks, place);
}

type Blocks = readonly { readonly item: Fields; readonly place: string }[];

function readAssistant(blocks: Blocks, place: string): ChatMessage {
  const toolCalls: ChatToolCall[] = [];
  let text = "";
  let reasoning = "";
  for (const { item, place: block } of blocks) {
    const kind = readField(item, "type");
    if (kind === "text") text += readString(item, "text") ?? "";
    else if (kind === "thinking") reasoning += readString(item, "thinking") ?? "";
    else if (kind === "tool_use") {
      toolCalls.push({
        id: readNamed(item, `${place}.${block}`, "id"),
        name: readNamed(item, `${place}.${block}`, "name"),
        argumentsJson: JSON.stringify(readObject(item, "input")),
      });
    } else if (kind !== "redacted_thinking") throw unknownBlock(kind, `${place}.${block}`);
  }
  return { role: "assistant", text, reasoning, toolCalls };
}

function readUser(blocks: Blocks, place: string): readonly ChatMessage[] {
  const results: ChatMessage[] = [];
  const parts: ChatPart[] = [];
  for (const { item, place: block } of blocks) {
    const kind = readField(item, "type");
    if (kind === "text") parts.push({ kind, text: readString(item, "text") ?? "" });
    else if (kind === "image") parts.push({ kind, url: readImage(item, `${place}.${block}`) });
    else if (kind === "tool_result") {
      const text = readTexts(readField(item, "content") ?? "", `${place}.${block}.content`).join("\n");
      results.push({ role: "tool", callId: readNamed(item, `${place}.${block}`, "tool_use_id"), text });
    } else throw unknownBlock(kind, `${place}.${block}`);
  }
  return parts.length === 0 ? results : [...results, { role: "user", parts }];
}

function readImage(block: Fields, place: string): string {
  const source = readObject(block, "source");
  if (readField(source, "type") === "url") return readNamed(source, `${place}.source`, "url");
  const data = readNamed(source, `${place}.source`, "data");
  return `data:${readNamed(source, `${place}.source`, "media_type")};base64,${data}`;
}

/** A string, or the texts of a list of blocks; blocks of other kinds have none. */
function readTexts(content: unknown, place: string): readonly string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content))
    throw unexpected(place, "a string or a list of blocks", content, "Correct it.");
  return readObjects({ content }, "content").flatMap(({ item }) => readString(item, "text") ?? []);
}

function unknownBlock(kind: unknown, place: string): Error {
  return unexpected(
    `${place}.type`,
    "text, image, thinking, tool_use or tool_result",
    kind,
    "Leave other blocks out.",
  );
}
