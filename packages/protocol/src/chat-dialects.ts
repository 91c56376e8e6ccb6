import { anthropicChatDialect } from "./anthropic/anthropic-chat-dialect.ts";
import type { ChatDialect, ChatDialectName } from "./canonical/chat-dialect.ts";
import { ollamaChatDialect } from "./ollama/chat/ollama-chat-dialect.ts";
import { ollamaGenerateDialect } from "./ollama/generate/ollama-generate-dialect.ts";
import { openaiChatDialect } from "./openai/chat/openai-chat-dialect.ts";

/** Every chat dialect by its name. */
export const chatDialects: Readonly<Record<ChatDialectName, ChatDialect>> = {
  openai: openaiChatDialect,
  anthropic: anthropicChatDialect,
  ollama: ollamaChatDialect,
  "ollama-generate": ollamaGenerateDialect,
};
