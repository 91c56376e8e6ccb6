import type { ChatHooks, ChatWork } from "@weir/engine";
import { chatDialects, type ChatEvent, type ChatFinish, type ChatRequest, WeirError } from "@weir/protocol";
import type { ReadAnswer } from "./answer-reading.ts";
import { checkCoding } from "./pass-answer.ts";
import type { UpstreamDialect } from "./upstream-target.ts";

/** What Anthropic's API has to be told where the client leaves it open. */
const anthropicMaxTokens = 4_096;

/** A request as it can be said in a dialect. Throws INVALID_REQUEST for one without messages. */
export function toUpstreamRequest(request: ChatRequest, dialect: UpstreamDialect): ChatRequest {
  if (request.rawPrompt !== undefined) {
    const message = `model ${request.model} is computed by another server, which is asked for chat and takes no raw prompt. Send messages instead: POST /v1/chat/completions or /api/chat`;
    throw new WeirError("INVALID_REQUEST", message);
  }
  if (dialect !== "anthropic" || request.maxTokens !== undefined) return request;
  return { ...request, maxTokens: anthropicMaxTokens };
}

/** Reads a streamed answer into events. Nothing of it is taken back: an attempt whose events were given is the last one. */
export function translateAnswer(dialect: UpstreamDialect, hooks: ChatHooks): ReadAnswer<ChatWork> {
  const startedMs = performance.now();
  return (head) => {
    checkCoding(head.header);
    const decoder = chatDialects[dialect].createStreamDecoder();
    let firstMs: number | undefined;
    let finish: ChatFinish | undefined;
    const hand = (events: readonly ChatEvent[]): void => {
      if (events.length > 0) {
        if (firstMs === undefined) {
          firstMs = performance.now();
          // How many there were is known when the answer ends.
          hooks.onStart?.({ inputTokens: 0, cachedInputTokens: 0 });
        }
        hooks.onEvents(events);
        const last = events.at(-1)!;
        if (last.kind === "finish") finish = last.finish;
      }
      if (decoder.failure !== undefined) throw decoder.failure;
    };
    return {
      get begun() {
        return firstMs !== undefined;
      },
      onBody: (bytes) => hand(decoder.push(bytes)),
      finish(closed) {
        if (closed) hand(decoder.end());
        if (finish === undefined || firstMs === undefined) return undefined;
        const { inputTokens, cachedInputTokens, outputTokens } = finish.usage;
        return {
          inputTokens,
          cachedInputTokens,
          outputTokens,
          reuse: "none",
          waitMs: 0,
          restoreMs: 0,
          promptMs: firstMs - startedMs,
          generationMs: performance.now() - firstMs,
        };
      },
    };
  };
}
