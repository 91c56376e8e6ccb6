import { createHash } from "node:crypto";
import { WeirError, type ChatMessage, type ChatPart, type ChatToolCall } from "@weir/protocol";
import { stripBillingLines } from "./billing-lines.ts";

/** A call whose arguments are an object. `id` is one that every template takes. */
export interface ConversationCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One message of a history in which every result follows its call. */
export type Turn =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly text: string }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly reasoning: string;
      readonly calls: readonly ConversationCall[];
    }
  | { readonly role: "tool"; readonly call: ConversationCall; readonly text: string };

/**
 * A history in order, whatever the client sent: results that nobody asked for and calls whose arguments are no object become
 * text. System messages at the start are one. Throws INVALID_REQUEST for images, which the model would have to see.
 */
export function toTurns(messages: readonly ChatMessage[]): readonly Turn[] {
  const turns: Turn[] = [];
  /** Calls of the last assistant message that have no result yet, by the ids and names that clients call them. */
  let open: { readonly call: ConversationCall; readonly id: string }[] = [];
  messages.forEach((message, index) => {
    const last = turns.at(-1);
    switch (message.role) {
      case "system": {
        const text = stripBillingLines(message.text);
        if (text.trim() === "") return;
        if (last?.role === "system")
          turns[turns.length - 1] = { role: "system", text: `${last.text}\n\n${text}` };
        else turns.push({ role: "system", text });
        return;
      }
      case "user":
        turns.push({ role: "user", text: toText(message.parts, index) });
        return;
      case "assistant": {
        const calls = message.toolCalls.map((call) => toCall(call) ?? call);
        open = [];
        calls.forEach((call, place) => {
          if ("arguments" in call) open.push({ call, id: message.toolCalls[place]!.id });
        });
        const written = calls.filter((call) => "argumentsJson" in call).map(writeCall);
        turns.push({
          role: "assistant",
          text: [message.text, ...written].filter((text) => text !== "").join("\n"),
          reasoning: message.reasoning,
          calls: open.map(({ call }) => call),
        });
        return;
      }
      case "tool": {
        const at = findCall(open, message.callId);
        if (at === undefined) {
          turns.push({ role: "user", text: `Result of ${message.callId || "a tool"}:\n${message.text}` });
          return;
        }
        open = open.filter((entry) => entry !== at);
        turns.push({ role: "tool", call: at.call, text: message.text });
      }
    }
  });
  return turns;
}

function findCall<Entry extends { readonly call: ConversationCall; readonly id: string }>(
  open: readonly Entry[],
  callId: string,
): Entry | undefined {
  return open.find(({ id }) => id === callId) ?? open.find(({ call }) => call.name === callId);
}

function toText(parts: readonly ChatPart[], index: number): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      throw new WeirError(
        "INVALID_REQUEST",
        `messages[${index}] must be text, got an image. Ask a model that sees, or describe the image.`,
        { field: `messages[${index}]` },
      );
    })
    .join("\n");
}

function toCall({ id, name, argumentsJson }: ChatToolCall): ConversationCall | undefined {
  try {
    const value: unknown = argumentsJson.trim() === "" ? {} : JSON.parse(argumentsJson);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return { id: shortId(id), name, arguments: value as Record<string, unknown> };
  } catch {
    return undefined;
  }
}

function writeCall({ name, argumentsJson }: { name: string; argumentsJson: string }): string {
  return `${name}(${argumentsJson})`;
}

/** Mistral's templates throw at ids that are not nine letters and digits, so all ids are. */
function shortId(id: string): string {
  if (/^[0-9A-Za-z]{9}$/.test(id)) return id;
  return createHash("sha256").update(id).digest("hex").slice(0, 9);
}
