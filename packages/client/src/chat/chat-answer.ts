import {
  createChatCollector,
  WeirError,
  type ChatDialectName,
  type ChatEvent,
  type ChatResult,
  type ChatUsage,
} from "@weir/protocol";
import type { Target } from "../embed-batch.ts";
import { resolveChatOptions, type ChatOptions } from "./chat-options.ts";
import { toChatRequest, type ChatInput, type ChatMessageInput } from "./chat-request.ts";
import { streamChat } from "./stream-chat.ts";

/** A whole answer. */
export interface ChatReply extends ChatResult {
  /** Undefined where the server did not count. */
  readonly usage: ChatUsage | undefined;
  /** The answer's header fields, e.g. `x-request-id` and `x-cache`. */
  readonly headers: Headers;
}

/**
 * One answer: iterate over it for its events as they come, or take it as a whole. Nothing is sent before that, and it can be
 * taken once. Leaving the loop ends the request.
 */
export interface ChatAnswer extends AsyncIterable<ChatEvent> {
  /** The text alone, once it is complete. */
  text(): Promise<string>;
  /** The whole answer. */
  result(): Promise<ChatReply>;
  /** The pieces of the text as they come. */
  texts(): AsyncGenerator<string, void, undefined>;
}

/** Throws USAGE for wrong options and INVALID_REQUEST for what is no request, before anything is sent. */
export function createChatAnswer(
  target: Target,
  input: string | readonly ChatMessageInput[] | ChatInput,
  options: ChatOptions,
): ChatAnswer {
  const resolved = resolveChatOptions(options, toChatDialect(target.options.dialect));
  const request = toChatRequest(input, target.options.model);
  let headers = new Headers();
  let isTaken = false;

  const begin = (): AsyncGenerator<ChatEvent, void, undefined> => {
    if (isTaken) {
      const told =
        "expected an answer to be taken once, got another call. Ask again, or keep what result() gives.";
      throw new WeirError("USAGE", told);
    }
    isTaken = true;
    const onHead = (came: Headers): void => void (headers = came);
    return streamChat({ target, request, options: resolved, signal: options.signal, onHead });
  };
  const collect = async (): Promise<ChatReply> => {
    const collector = createChatCollector();
    for await (const event of begin()) collector.add([event]);
    const result = collector.result();
    const usage = result.finish.counted === false ? undefined : result.finish.usage;
    return { ...result, usage, headers };
  };

  return {
    [Symbol.asyncIterator]: begin,
    result: collect,
    text: async () => (await collect()).text,
    async *texts() {
      for await (const event of begin()) if (event.kind === "text") yield event.text;
    },
  };
}

function toChatDialect(dialect: string): ChatDialectName {
  return dialect === "ollama" ? "ollama" : "openai";
}
