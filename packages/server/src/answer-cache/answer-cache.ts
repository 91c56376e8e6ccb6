import { AnswerStore } from "./answer-store.ts";

export type AnswerCacheMode = "exact" | "semantic";

export interface AnswerCacheOptions {
  /** `exact`: the same request has the same answer. `semantic`: so has one whose last turn means nearly the same. */
  readonly mode: AnswerCacheMode;
  /** Memory for answers, and for the vectors of what was asked, in bytes. @default 64 MB */
  readonly maxBytes?: number;
  /** Least cosine of two texts that have the same answer, from 0 to 1; for `semantic` alone. @default 0.95 */
  readonly threshold?: number;
  /** How long an answer counts, in milliseconds. @default 24 hours */
  readonly ttlMs?: number;
}

/** What the cache did for one model since the start: requests, and the tokens of those that it answered. */
export type AnswerCounts = Record<
  AnswerSource | "misses" | "passed" | "inputTokens" | "outputTokens",
  number
>;

/** How an answer was found. `shared`: it was being computed for the same request just then. */
export const answerSources = ["exact", "semantic", "shared"] as const;
type AnswerSource = (typeof answerSources)[number];

export function createAnswerCounts(): AnswerCounts {
  return { exact: 0, semantic: 0, shared: 0, misses: 0, passed: 0, inputTokens: 0, outputTokens: 0 };
}

/** Whole answers of chat models, in memory. */
export interface AnswerCache {
  readonly mode: AnswerCacheMode;
  readonly threshold: number;
  readonly store: AnswerStore;
  /** By model. */
  readonly counts: ReadonlyMap<string, Readonly<AnswerCounts>>;
  /** What to count a model's requests in. */
  countsOf(model: string): AnswerCounts;
}

export function createAnswerCache({
  mode,
  maxBytes = 64e6,
  threshold = 0.95,
  ttlMs = 24 * 3_600_000,
}: AnswerCacheOptions): AnswerCache {
  const counts = new Map<string, AnswerCounts>();
  return {
    mode,
    threshold,
    store: new AnswerStore({ maxBytes, ttlMs, nowMs: () => performance.now() }),
    counts,
    countsOf(model) {
      const known = counts.get(model) ?? createAnswerCounts();
      counts.set(model, known);
      return known;
    },
  };
}
