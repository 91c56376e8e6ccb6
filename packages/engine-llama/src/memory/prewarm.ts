import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sameTokens } from "./common-prefix.ts";
import type { Pool } from "./pool.ts";
import type { SequenceSlot } from "./sequence-slot.ts";
import type { SlotEntry } from "./slot-entry.ts";
import { openStateStore } from "./state-store.ts";
import type { StateStore } from "./stored-state.ts";

/** Makes an empty slot hold `tokens`, by computing them. */
export type ComputePrefix<Slot> = (slot: Slot, tokens: Uint32Array, signal: AbortSignal) => Promise<void>;

/** Computes what is not stored yet of the beginnings that every key shares, in a slot that is leased for it. */
export async function prewarmSlot<Slot extends SequenceSlot>(
  { slot }: SlotEntry,
  store: StateStore,
  prefixes: readonly ArrayLike<number>[],
  compute: ComputePrefix<Slot>,
  signal: AbortSignal,
): Promise<void> {
  for (const prefix of prefixes) {
    const tokens = Uint32Array.from(prefix);
    const shared = { kind: "prewarm", keyId: "", tokens } as const;
    if (tokens.length === 0 || store.hasShared(shared)) continue;
    await slot.erase();
    // The slots are the caller's own.
    await compute(slot as Slot, tokens, signal);
    if (!sameTokens(Uint32Array.from(slot.tokens), tokens)) continue;
    const { safe } = await store.saveShared(slot, shared);
    await safe;
  }
}

/** Where no folder was named, shared beginnings lie in one that ends with the process; conversations are never written there. */
export async function openPassingStore(
  { book, counters }: Pool,
  now: () => number,
): Promise<{ readonly store: StateStore; readonly close: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "weir-prewarm-"));
  const options = { directory, fingerprint: "passing", diskBytes: Number.POSITIVE_INFINITY };
  const store = await openStateStore(options, book, counters, now);
  return {
    store: { ...store, writable: false, bytes: 0, capacityBytes: 0 },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
