/** How long what a schema leaves open may become. A schema's own least lengths go before. */
export interface GrammarLimits {
  readonly stringChars: number;
  readonly keyChars: number;
  /** Of an array without `maxItems`, and members of an object without `properties`. */
  readonly items: number;
  /** Arrays and objects within each other where a schema says nothing of a value. */
  readonly depth: number;
  /** How often a definition is used within itself. */
  readonly recursion: number;
  readonly digits: number;
  readonly decimals: number;
  /** Whether properties that are not required may be there. */
  readonly optional: boolean;
  /** Calls in one answer. */
  readonly calls: number;
}

/** For models that end what they begin: no limit that an answer within its tokens would feel. */
export function naturalLimits(maxTokens: number): GrammarLimits {
  return {
    // About four characters a token.
    stringChars: Math.min(100_000, Math.max(256, maxTokens * 4)),
    keyChars: 64,
    items: 256,
    depth: 5,
    recursion: 5,
    digits: 15,
    decimals: 12,
    optional: true,
    calls: 8,
  };
}

/** From wide to narrow, for models that write on at random for as long as they may. */
export const tightLimits: readonly GrammarLimits[] = [
  {
    stringChars: 128,
    keyChars: 16,
    items: 4,
    depth: 2,
    recursion: 2,
    digits: 9,
    decimals: 4,
    optional: true,
    calls: 3,
  },
  {
    stringChars: 64,
    keyChars: 12,
    items: 3,
    depth: 2,
    recursion: 1,
    digits: 6,
    decimals: 3,
    optional: true,
    calls: 2,
  },
  {
    stringChars: 32,
    keyChars: 8,
    items: 2,
    depth: 1,
    recursion: 1,
    digits: 4,
    decimals: 2,
    optional: true,
    calls: 2,
  },
  {
    stringChars: 16,
    keyChars: 6,
    items: 2,
    depth: 1,
    recursion: 1,
    digits: 3,
    decimals: 2,
    optional: true,
    calls: 1,
  },
  {
    stringChars: 8,
    keyChars: 4,
    items: 1,
    depth: 0,
    recursion: 1,
    digits: 2,
    decimals: 1,
    optional: true,
    calls: 1,
  },
  {
    stringChars: 8,
    keyChars: 4,
    items: 1,
    depth: 0,
    recursion: 0,
    digits: 2,
    decimals: 1,
    optional: false,
    calls: 1,
  },
  {
    stringChars: 1,
    keyChars: 1,
    items: 0,
    depth: 0,
    recursion: 0,
    digits: 1,
    decimals: 1,
    optional: false,
    calls: 1,
  },
];
