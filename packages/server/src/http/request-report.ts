import type { ErrorCode } from "@weir/protocol";
import type { CacheOutcome } from "../cache/cache-counts.ts";

interface ChatTokens {
  /** Those from a cache included. */
  readonly inputTokens: number | undefined;
  readonly cachedTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** What became known of a request on its way, for its headers, its log line, metrics and traces. Times in milliseconds. */
export interface RequestReport {
  /** Who sent it, as a key's id; `anonymous` without keys. Never the key itself. */
  keyId: string;
  /** The model that took it; undefined before that was known. */
  model: string | undefined;
  /** What kind of work it is; undefined for routes that are none. */
  job: "embed" | "embed-file" | "rank" | "chat" | undefined;
  /** Time in which nobody worked on it: until a slot was free, and in the replica behind the job before it. */
  queueMs: number | undefined;
  tokenizeMs: number | undefined;
  /** The model's own time, summed over its batches. */
  inferMs: number | undefined;
  encodeMs: number | undefined;
  /** What the cache had to do with it; undefined where there is none. */
  cache: CacheOutcome | undefined;
  /** Inputs, and their tokens without padding. */
  inputs: number | undefined;
  tokens: number | undefined;
  /** Batches that the inputs were computed in, and the tokens of those with padding. */
  batches: number | undefined;
  paddedTokens: number | undefined;
  /** Until the first token of an answer was here; undefined for what has none. */
  firstTokenMs: number | undefined;
  /** Tokens of an answered chat; of another server's answer what that said. */
  chat: ChatTokens | undefined;
  /** Whether the answer to a chat was computed for another request. */
  isCachedAnswer: boolean;
  /** What an answer failed with after its status was sent, as the code of the error. */
  failure: ErrorCode | undefined;
  /** Why it was not taken, as the code of its error. */
  refusal: string | undefined;
}

export function createRequestReport(): RequestReport {
  return {
    keyId: "anonymous",
    model: undefined,
    job: undefined,
    queueMs: undefined,
    tokenizeMs: undefined,
    inferMs: undefined,
    encodeMs: undefined,
    cache: undefined,
    inputs: undefined,
    tokens: undefined,
    batches: undefined,
    paddedTokens: undefined,
    firstTokenMs: undefined,
    chat: undefined,
    isCachedAnswer: false,
    failure: undefined,
    refusal: undefined,
  };
}
