import type { ChatMessage } from "@weir/protocol";
import type { KeptAnswer } from "../streams/kept-answer.ts";
import type { ChatPrompt } from "./chat-plan.ts";
import type { ChatRequestEncoder } from "./chat-request-encoder.ts";
import type { PromptBuster } from "./prompt-buster.ts";
import type { PromptCycle, TurnScript } from "./turn-script.ts";

export interface ConversationParts {
  readonly encoder: ChatRequestEncoder;
  readonly cycle: PromptCycle;
  readonly buster: PromptBuster;
  readonly rounds: number;
  readonly agentHeader: string | undefined;
  /** What the ids of this user's conversations begin with; no other user's do. */
  readonly agentPrefix: string;
}

interface Conversation {
  readonly headers: Readonly<Record<string, string>>;
  readonly maxTokens: ChatPrompt["maxTokens"];
  readonly messages: ChatMessage[];
  round: number;
}

// APIs refuse an assistant's message without content, which is what an answer of nothing but reasoning leaves.
const unsaid = "(no answer)";

/**
 * A conversation that grows: it opens with a prompt, and each further round adds the answer and what the user says in
 * the next prompt. After its rounds, or a failure, a new one begins under a new id.
 */
export class ConversationTurns implements TurnScript {
  readonly #parts: ConversationParts;
  #conversation: Conversation | undefined;
  #begun = 0;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  nextRequest(): Uint8Array {
    this.#conversation ??= this.#open();
    const { messages, maxTokens, headers } = this.#conversation;
    return this.#parts.encoder.encode(messages, maxTokens, { headers });
  }

  takeAnswer(kept: KeptAnswer): void {
    const conversation = this.#conversation!;
    conversation.round += 1;
    if (conversation.round >= this.#parts.rounds) {
      this.#conversation = undefined;
      return;
    }
    const text = kept.text === "" ? unsaid : kept.text;
    conversation.messages.push(
      { role: "assistant", text, reasoning: "", toolCalls: [] },
      ...this.#parts.cycle.next().messages.filter((message) => message.role === "user"),
    );
  }

  abandon(): void {
    this.#conversation = undefined;
  }

  #open(): Conversation {
    const { cycle, buster, agentHeader, agentPrefix } = this.#parts;
    const prompt = cycle.next();
    this.#begun += 1;
    return {
      headers: agentHeader === undefined ? {} : { [agentHeader]: `${agentPrefix}-${this.#begun}` },
      maxTokens: prompt.maxTokens,
      messages: [...buster.bust(prompt.messages)],
      round: 0,
    };
  }
}
