import type { ChatMessage } from "@weir/protocol";
import { CacheBuster, cacheBusterLength } from "../embeddings/cache-buster.ts";
import type { CachePlan } from "../embeddings/embeddings-plan.ts";

/** Puts words that no server has seen in front of prompts, or nothing where the cache may be warm. */
export class PromptBuster {
  readonly #words: CacheBuster | undefined;
  readonly #word = new Uint8Array(cacheBusterLength);

  constructor(cache: CachePlan) {
    this.#words = cache.kind === "busted" ? new CacheBuster(cache.start) : undefined;
  }

  get isWarm(): boolean {
    return this.#words === undefined;
  }

  /** Messages with a new word before everything else: what comes first decides what a prefix cache can share. */
  bust(messages: readonly ChatMessage[]): readonly ChatMessage[] {
    if (this.#words === undefined) return messages;
    this.#words.writeNext(this.#word, 0);
    return putInFront(messages, Buffer.from(this.#word).toString("latin1"));
  }

  /** Writes a new word over the one in `bytes[at, at + 8)`. */
  writeOver(bytes: Uint8Array, at: number): void {
    this.#words?.writeNext(bytes, at);
  }
}

export function putInFront(messages: readonly ChatMessage[], word: string): readonly ChatMessage[] {
  const [first, ...rest] = messages;
  if (first === undefined) return messages;
  return [withWord(first, word), ...rest];
}

function withWord(message: ChatMessage, word: string): ChatMessage {
  if (message.role !== "user") return { ...message, text: `${word} ${message.text}` };
  const [part, ...rest] = message.parts;
  return part?.kind === "text"
    ? { ...message, parts: [{ kind: "text", text: `${word} ${part.text}` }, ...rest] }
    : { ...message, parts: [{ kind: "text", text: word }, ...message.parts] };
}
