import type { ChatTiming, FinishReason } from "../canonical/chat.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { Fields } from "../fields/read-fields.ts";

/** Token counts as one event of an answer has them; what it leaves out is undefined. */
export interface WireCounts {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cachedInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
}

/**
 * One thing that a JSON event of an answer says, whatever came before it. `place` tells the calls of an answer apart, as
 * the dialect numbers them; undefined where it does not.
 */
export type WireStep =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reasoning"; readonly text: string }
  /** Fragments of a call's arguments. `id` and `name` are empty where they are not said (again). */
  | {
      readonly kind: "call";
      readonly place: number | undefined;
      readonly id: string;
      readonly name: string;
      readonly json: string;
    }
  /** `stopSequence` is empty where it is not said which. */
  | { readonly kind: "reason"; readonly reason: FinishReason; readonly stopSequence?: string }
  | { readonly kind: "counts"; readonly counts: WireCounts }
  | { readonly kind: "timing"; readonly timing: ChatTiming }
  /** Nothing follows. */
  | { readonly kind: "end" }
  | { readonly kind: "error"; readonly error: WeirError };

/** Reads one event of a stream. It keeps nothing between calls, which {@link learnTemplate} relies on. */
export type WireReader = (event: Fields) => readonly WireStep[];
