import { createChatAnswer, type ChatAnswer } from "./chat/chat-answer.ts";
import type { ChatOptions } from "./chat/chat-options.ts";
import type { ChatInput, ChatMessageInput } from "./chat/chat-request.ts";
import { resolveClientOptions, type ClientOptions, type ResolvedClientOptions } from "./client-options.ts";
import { createTarget, type Target } from "./embed-batch.ts";
import { embedList, type Embeddings } from "./embed-list.ts";
import { embedTexts, type OnTextError, type TextOutcome } from "./embed-texts.ts";
import { listModels, readHealth, type Health, type ModelEntry } from "./server-state.ts";
import { toNoListError, type TextSource } from "./text-batches.ts";

export interface CallOptions {
  /** Ends the call, waits and requests included, with a CANCELLED error. */
  readonly signal?: AbortSignal;
}

export interface EmbedOptions extends CallOptions {
  /**
   * What a text does that cannot be embedded. `throw` ends the call with an error whose `field` names it
   * (`texts[7]`). `collect` goes on with the others and lists it; where the server itself fails, that is every text of
   * the request. @default "throw"
   */
  readonly onError?: OnTextError;
}

export interface Client {
  /**
   * Embeds any number of texts, in requests of `batchSize`. Throws a WeirError with the server's message; the other
   * requests of the call are cancelled then.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>;
  /**
   * Embeds texts as they come and yields them in order. At most 2 x `concurrency` batches are held, however many texts
   * there are and however slowly they are taken; a batch is sent when it is full or the texts end. Leaving the loop
   * cancels what is under way and closes the source.
   */
  embedStream(texts: TextSource, options?: EmbedOptions): AsyncGenerator<TextOutcome, void, undefined>;
  /**
   * Asks a chat model; the answer's events come as the server writes them. Failures that may pass are tried again (`retries`)
   * as long as nothing of an answer has come.
   */
  chat(input: string | readonly ChatMessageInput[] | ChatInput, options?: ChatOptions): ChatAnswer;
  /** What the server serves (GET /v1/models). */
  models(options?: CallOptions): Promise<readonly ModelEntry[]>;
  /** Whether the server could take a request now (GET /health). Throws CANCELLED alone. */
  health(options?: CallOptions): Promise<Health>;
}

/** A client of a model server. Holds nothing open. Throws USAGE with every wrong option. */
export function createClient(options: ClientOptions): Client {
  return createClientOf(resolveClientOptions(options));
}

/** A client whose server may move: `locate` is asked for its address before every attempt. */
export function createClientOf(options: ResolvedClientOptions, locate?: Target["locate"]): Client {
  const target = createTarget(options, locate);
  return {
    embed: (texts, { signal, onError = "throw" } = {}) => embedList(texts, target, onError, signal),
    embedStream: (texts, { signal, onError = "throw" } = {}) => streamTexts(texts, target, onError, signal),
    chat: (input, options = {}) => createChatAnswer(target, input, options),
    models: ({ signal } = {}) => listModels(target, signal),
    health: ({ signal } = {}) => readHealth(target, signal),
  };
}

async function* streamTexts(
  texts: TextSource,
  target: Target,
  onError: OnTextError,
  signal: AbortSignal | undefined,
): AsyncGenerator<TextOutcome, void, undefined> {
  if (!isSource(texts))
    throw toNoListError(texts, "something that strings come out of (a list, a generator)");
  for await (const { outcomes } of embedTexts(texts, target, onError, signal)) {
    for (const outcome of outcomes) {
      // A copy: one vector that is kept must not keep its whole batch.
      yield outcome.kind === "embedded" ? { ...outcome, vector: outcome.vector.slice() } : outcome;
    }
  }
}

function isSource(texts: unknown): boolean {
  return (
    typeof texts === "object" && texts !== null && (Symbol.iterator in texts || Symbol.asyncIterator in texts)
  );
}
