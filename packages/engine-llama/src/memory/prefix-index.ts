import { commonPrefixTokens } from "./common-prefix.ts";

/** What begins like a list of tokens, found in the time of a few comparisons. */
export interface PrefixIndex<Entry extends { readonly tokens: Uint32Array }> {
  add(entry: Entry): void;
  delete(entry: Entry): void;
  /** The entry with the longest common start, and its length; undefined where none shares a token. */
  find(tokens: Uint32Array): { readonly entry: Entry; readonly common: number } | undefined;
}

/**
 * Entries in the order of their tokens: those that share most with a list stand where the list itself would. No hash, so
 * nothing to collide, and a lookup compares with log2(entries) of them.
 */
export function createPrefixIndex<Entry extends { readonly tokens: Uint32Array }>(): PrefixIndex<Entry> {
  const entries: Entry[] = [];

  /** The first place whose entry is not below `tokens`. */
  function placeOf(tokens: Uint32Array): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareTokens((entries[middle] as Entry).tokens, tokens) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(entry) {
      entries.splice(placeOf(entry.tokens), 0, entry);
    },
    delete(entry) {
      for (let at = placeOf(entry.tokens); at < entries.length; at++) {
        const found = entries[at] as Entry;
        if (found === entry) {
          entries.splice(at, 1);
          return;
        }
        if (compareTokens(found.tokens, entry.tokens) !== 0) return;
      }
    },
    find(tokens) {
      const at = placeOf(tokens);
      let best: { entry: Entry; common: number } | undefined;
      for (const entry of [entries[at], entries[at - 1]]) {
        if (entry === undefined) continue;
        const common = commonPrefixTokens(entry.tokens, tokens);
        if (common > (best?.common ?? 0)) best = { entry, common };
      }
      return best;
    },
  };
}

function compareTokens(a: Uint32Array, b: Uint32Array): number {
  const common = commonPrefixTokens(a, b);
  return (a[common] ?? -1) - (b[common] ?? -1);
}
