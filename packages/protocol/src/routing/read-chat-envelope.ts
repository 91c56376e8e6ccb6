import type { ChatDialectName } from "../canonical/chat-dialect.ts";
import { readAgentId } from "../fields/read-agent-id.ts";
import { isFields, readBody, readBoolean, readField, readString } from "../fields/read-fields.ts";

/** What is known of a chat request before its messages are looked at. */
export interface ChatEnvelope {
  readonly model: string | undefined;
  readonly streams: boolean;
  /** Whose conversation it is, as the body says. */
  readonly agentId: string | undefined;
}

/** Reads it of any dialect: enough for a request whose body goes on as it is. Throws INVALID_REQUEST. */
export function readChatEnvelope(body: unknown, dialect: ChatDialectName): ChatEnvelope {
  const fields = readBody(body);
  const metadata = readField(fields, "metadata");
  const byOllama = dialect === "ollama" || dialect === "ollama-generate";
  return {
    model: readString(fields, "model"),
    streams: readBoolean(fields, "stream", byOllama),
    agentId:
      dialect === "openai"
        ? readAgentId(fields, "prompt_cache_key", "user")
        : (readAgentId(fields) ??
          (dialect === "anthropic" && isFields(metadata) ? readAgentId(metadata, "user_id") : undefined)),
  };
}
