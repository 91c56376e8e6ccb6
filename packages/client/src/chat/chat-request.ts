import {
  WeirError,
  type ChatMessage,
  type ChatRequest,
  type ChatTool,
  type ResponseFormat,
} from "@weir/protocol";

/** A message; one of plain text may be given by its role and content alone. */
export type ChatMessageInput =
  | ChatMessage
  | { readonly role: "system" | "user" | "assistant"; readonly content: string };

export interface ChatToolInput extends Omit<ChatTool, "description"> {
  readonly description?: string;
}

/** What is asked. */
export interface ChatInput {
  /** Oldest first. A text alone is one message of a user. */
  readonly messages: string | readonly ChatMessageInput[];
  /** @default the client's */
  readonly model?: string;
  readonly tools?: readonly ChatToolInput[];
  /** `any`: at least one of them; a name: that one. @default "auto" */
  readonly toolChoice?: "auto" | "none" | "any" | { readonly name: string };
  /** Whether one answer may hold several calls. @default true */
  readonly parallelToolCalls?: boolean;
  /** Most tokens of the answer. Whole number >= 1. The anthropic dialect always needs it. @default the server's */
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  /** Texts that end the answer, themselves left out of it. */
  readonly stop?: readonly string[];
  readonly responseFormat?: ResponseFormat;
}

/** Throws INVALID_REQUEST for messages that are none. */
export function toChatRequest(
  input: string | readonly ChatMessageInput[] | ChatInput,
  model: string | undefined,
): ChatRequest {
  const asked: ChatInput = typeof input === "string" || isList(input) ? { messages: input } : input;
  const { messages, tools = [], toolChoice = "auto", stop = [] } = asked;
  return {
    model: asked.model ?? model,
    messages: typeof messages === "string" ? [toUser(messages)] : messages.map(toMessage),
    tools: tools.map(({ name, description = "", parameters }) => ({ name, description, parameters })),
    toolChoice: typeof toolChoice === "string" ? { kind: toolChoice } : { kind: "tool", ...toolChoice },
    maxTokens: asked.maxTokens,
    temperature: asked.temperature,
    topP: asked.topP,
    seed: asked.seed,
    stop,
    ignoreEos: false,
    ...(asked.topK === undefined ? {} : { topK: asked.topK }),
    ...(asked.responseFormat === undefined ? {} : { responseFormat: asked.responseFormat }),
    ...(asked.parallelToolCalls === undefined ? {} : { parallelToolCalls: asked.parallelToolCalls }),
  };
}

function isList(input: readonly ChatMessageInput[] | ChatInput): input is readonly ChatMessageInput[] {
  return Array.isArray(input);
}

function toUser(text: string): ChatMessage {
  return { role: "user", parts: [{ kind: "text", text }] };
}

function toMessage(message: ChatMessageInput, index: number): ChatMessage {
  if (!("content" in message)) return message;
  const { role, content } = message;
  if (typeof content !== "string") {
    const field = `messages[${index}].content`;
    const told = `${field}: expected a text, got ${typeof content}. Give images as parts: [{ kind: "image", url }].`;
    throw new WeirError("INVALID_REQUEST", told, { field });
  }
  if (role === "user") return toUser(content);
  if (role === "system") return { role, text: content };
  return { role, text: content, reasoning: "", toolCalls: [] };
}
