/** What the cache did for one request, in inputs. */
export interface CacheOutcome {
  /** Inputs that were not computed for this request: found, computed for another one just then, or twice in the list. */
  readonly hits: number;
  readonly misses: number;
  /** Tokens of the hits. */
  readonly tokensSaved: number;
}

/** What the cache had to do with an answer: `hit`, `miss` or `partial`. */
export const cacheHeader = "x-cache";
/** How many of the request's inputs were hits. */
export const cacheHitsHeader = "x-cache-hits";
/** How alike what was asked is to what the answer was given to: a cosine, 1 where it is the same. */
export const cacheSimilarityHeader = "x-cache-similarity";
/** Seconds since the answer was computed, as RFC 9111 has it. */
export const ageHeader = "age";

export type CacheStatus = "hit" | "miss" | "partial";

export function toCacheStatus({ hits, misses }: CacheOutcome): CacheStatus {
  if (misses === 0) return "hit";
  return hits === 0 ? "miss" : "partial";
}

/** Where a hit came from. `shared`: another request was computing it, or the list had it twice. */
export const hitSources = ["ram", "disk", "shared"] as const;
type HitSource = (typeof hitSources)[number];

/** What the cache did for one model since the start, in inputs. */
export type CacheCounts = Record<HitSource | "misses" | "tokensSaved", number>;

export function createCacheCounts(): CacheCounts {
  return { ram: 0, disk: 0, shared: 0, misses: 0, tokensSaved: 0 };
}
