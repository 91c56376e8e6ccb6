import type { ChatAgent } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { FastifyRequest } from "fastify";

/** Longer names are no names; they would have to be kept. */
const longestCharacters = 512;

/** Whose conversation a request is of: `x-agent-id`, `x-session-id`, else what its body says. Throws INVALID_REQUEST. */
export function readChatAgent({ headers, apiKey }: FastifyRequest, bodyId: string | undefined): ChatAgent {
  const named = [headers["x-agent-id"], headers["x-session-id"], bodyId].find(
    (id) => typeof id === "string" && id !== "",
  );
  const id = named?.toString();
  if (id !== undefined && id.length > longestCharacters) {
    const message = `expected the agent's id to be of at most ${longestCharacters} characters, got ${id.length}. Send a shorter one (x-agent-id).`;
    throw new WeirError("INVALID_REQUEST", message, { field: "x-agent-id" });
  }
  return { keyId: apiKey?.id ?? "", id };
}
