import type { ChatMessage, ChatRequest } from "./chat.ts";

/** A request of these messages that leaves everything else open, but for what `more` says. */
export function createChatRequest(
  messages: readonly ChatMessage[],
  more: Partial<ChatRequest> = {},
): ChatRequest {
  return {
    model: undefined,
    messages,
    tools: [],
    toolChoice: { kind: "auto" },
    maxTokens: undefined,
    temperature: undefined,
    topP: undefined,
    seed: undefined,
    stop: [],
    ignoreEos: false,
    ...more,
  };
}
