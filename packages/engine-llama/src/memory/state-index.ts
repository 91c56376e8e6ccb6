import { createPrefixIndex, type PrefixIndex } from "./prefix-index.ts";
import type { StoredMatch, StoredState } from "./stored-state.ts";

/** Which states there are, by name and by what they begin with. */
export interface StateIndex {
  readonly bytes: number;
  get(name: string): StoredState | undefined;
  all(): Iterable<StoredState>;
  /** In the place of the one of its name. */
  put(stored: StoredState): void;
  /** False where it is not there, or another has its name now. */
  delete(stored: StoredState): boolean;
  find(keyId: string, tokens: Uint32Array): StoredMatch | undefined;
}

export function createStateIndex(): StateIndex {
  const byName = new Map<string, StoredState>();
  /** By kind and key: a key looks only into its own, and into what is everybody's. */
  const byBeginning = new Map<string, PrefixIndex<StoredState>>();
  let bytes = 0;

  const shelf = (kind: StoredState["kind"], keyId: string): string =>
    `${kind}/${kind === "prewarm" ? "" : keyId}`;

  function remove(stored: StoredState): boolean {
    if (byName.get(stored.name) !== stored) return false;
    byName.delete(stored.name);
    byBeginning.get(shelf(stored.kind, stored.keyId))?.delete(stored);
    bytes -= stored.bytes;
    return true;
  }

  return {
    get bytes() {
      return bytes;
    },
    get: (name) => byName.get(name),
    all: () => byName.values(),
    put(stored) {
      const before = byName.get(stored.name);
      if (before !== undefined) remove(before);
      byName.set(stored.name, stored);
      bytes += stored.bytes;
      const place = shelf(stored.kind, stored.keyId);
      let index = byBeginning.get(place);
      if (index === undefined) byBeginning.set(place, (index = createPrefixIndex()));
      index.add(stored);
    },
    delete: remove,
    find(keyId, tokens) {
      let best: StoredMatch | undefined;
      // Of two that share as much, the one that is all shared is smaller to read.
      for (const kind of ["prewarm", "prefix", "conversation"] as const) {
        const found = byBeginning.get(shelf(kind, keyId))?.find(tokens);
        if (found !== undefined && found.common > (best?.common ?? 0)) {
          best = { stored: found.entry, common: found.common };
        }
      }
      return best;
    },
  };
}
