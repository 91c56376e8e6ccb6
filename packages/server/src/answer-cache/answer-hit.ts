import type { ChatHooks, ChatStart } from "@weir/engine";
import type { ChatEvent, ChatUsage } from "@weir/protocol";
import type { QueuedChatWork } from "../models/queued-chat.ts";

/** What the cache had to do with an answer. `similarity` is 1 where it is the same request's. */
export type AnswerOutcome =
  | { readonly kind: "hit"; readonly similarity: number; readonly ageMs: number }
  | { readonly kind: "miss" };

/** What `onStart` is given where the cache was asked, so that the answer's head can say so. */
export interface CachedChatStart extends ChatStart {
  readonly answer?: AnswerOutcome;
}

/** Tells of an answer that was not computed for this request: nothing of its prompt was read, and nobody measured times. */
export function toHitHooks(hooks: ChatHooks, similarity: number, ageMs: number): Required<ChatHooks> {
  return {
    onStart({ inputTokens }) {
      const start: CachedChatStart = {
        inputTokens,
        cachedInputTokens: inputTokens,
        answer: { kind: "hit", similarity, ageMs },
      };
      hooks.onStart?.(start);
    },
    onEvents: (events) => hooks.onEvents(events.map(toHitEvent)),
  };
}

export function toHitWork({
  inputTokens,
  outputTokens,
}: Pick<ChatUsage, "inputTokens" | "outputTokens">): QueuedChatWork {
  const none = { waitMs: 0, restoreMs: 0, promptMs: 0, generationMs: 0, queueMs: 0, loadMs: 0 };
  return { inputTokens, cachedInputTokens: inputTokens, outputTokens, reuse: "none", ...none };
}

function toHitEvent(event: ChatEvent): ChatEvent {
  if (event.kind !== "finish") return event;
  const { timing: _timing, ...finish } = event.finish;
  const { usage } = finish;
  return { kind: "finish", finish: { ...finish, usage: { ...usage, cachedInputTokens: usage.inputTokens } } };
}
