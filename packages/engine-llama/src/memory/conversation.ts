import type { StoredState } from "./stored-state.ts";

/** Whose conversations they are. One agent has several where it talks about several things under one name. */
export interface Agent {
  readonly keyId: string;
  readonly id: string;
  /** False where the client gave no name: then it is found by its tokens. */
  readonly named: boolean;
  readonly conversations: Set<Conversation>;
  turns: number;
  reusedTokens: number;
  evaluatedTokens: number;
  lastUsedAtMs: number;
}

/** One line of tokens that grows, in a sequence, in a state file, or both. */
export interface Conversation {
  readonly agent: Agent;
  /** Tells an agent's conversations apart; the lowest that was free. */
  readonly branch: number;
  /** What its sequence holds; the state file's tokens where it has none. */
  tokens: Uint32Array;
  /** Length of the prompt last given. */
  promptTokens: number;
  /** Length of system prompt and tools at its start; 0 where nobody said. */
  prefixTokens: number;
  /** True while its sequence holds more than its state file. */
  unsaved: boolean;
  /** While its state is on the way to disk: resolves when it is safe there, or has failed. */
  saving: Promise<boolean> | undefined;
  /** It was refused room on disk while it was so long; it is not offered again before it has changed. */
  refusedTokens: number;
  hot: boolean;
  stored: StoredState | undefined;
  lastUsedAtMs: number;
}

/**
 * An answer may be written differently when it comes back as a part of the next prompt, and the line that asked for it too;
 * up to here before the last prompt's end it is the same conversation.
 */
const slackTokens = 8;

/** Whether a prompt that has `common` tokens in common with a conversation goes on with it, rather than beginning another. */
export function goesOn(conversation: Conversation, common: number): boolean {
  return common > 0 && common >= conversation.promptTokens - slackTokens;
}
