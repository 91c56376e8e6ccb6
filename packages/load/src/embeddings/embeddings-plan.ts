import type { EmbeddingDialectName, VectorEncoding } from "@weir/protocol";

/**
 * Whether a server may answer from what it has seen: `busted` puts a new word in front of every text of every
 * request, `warm` sends the texts as they are, again and again.
 */
export type CachePlan =
  | { readonly kind: "warm" }
  | {
      readonly kind: "busted";
      /** 8 characters of 0-9 and a-z that no other run used. */ readonly start: string;
    };

/** Embedding requests of one size. Plain JSON. */
export interface EmbeddingsPlan {
  readonly kind: "embeddings";
  readonly dialect: EmbeddingDialectName;
  /** The name sent to the target; undefined where the dialect needs none. */
  readonly model: string | undefined;
  /** At least one. Gone through in an order that the schedule's seed decides. */
  readonly texts: readonly string[];
  /** Texts in one request. Whole number >= 1. */
  readonly batch: number;
  readonly encoding: VectorEncoding;
  readonly cache: CachePlan;
}
