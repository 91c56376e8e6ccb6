import type { AgentBook } from "./agent-book.ts";
import type { Conversation } from "./conversation.ts";
import type { MemoryCounters } from "./memory-counters.ts";
import type { SlotEntry } from "./slot-entry.ts";
import type { StateStore } from "./stored-state.ts";

/** What the parts of the memory share. */
export interface Pool {
  readonly entries: readonly SlotEntry[];
  readonly book: AgentBook;
  /** Undefined: nothing outlives its sequence. */
  store: StateStore | undefined;
  readonly counters: MemoryCounters;
  /** Called when a conversation has arrived on disk, or has failed to. */
  readonly onSaved: () => void;
  /** Shorter conversations are computed again as fast as they are read. */
  readonly leastSavedTokens: number;
}

/** Whether a conversation is long enough for a file, and was not found to be too long for the budget. */
export function isWorthSaving(pool: Pool, { tokens, refusedTokens }: Conversation): boolean {
  return tokens.length >= pool.leastSavedTokens && tokens.length !== refusedTokens;
}

/** Whether a holder is worth a file, and has to be written to have a true one. */
export function isUnsaved(pool: Pool, conversation: Conversation): boolean {
  return conversation.unsaved && isWorthSaving(pool, conversation) && pool.store?.writable === true;
}

/** Writes what an entry holds. Resolves when the slot is free again; whether the file is safe is `conversation.saving`'s. */
export async function save(pool: Pool, { slot }: SlotEntry, conversation: Conversation): Promise<void> {
  if (pool.store === undefined) return;
  conversation.unsaved = false;
  const writing = pool.store.save(slot, conversation);
  const saving = writing
    .then(({ safe }) => safe)
    .then((isSafe) => {
      if (!isSafe) conversation.unsaved = true;
      if (conversation.saving === saving) conversation.saving = undefined;
      if (!conversation.hot && conversation.saving === undefined) settle(pool, conversation);
      pool.onSaved();
      return isSafe;
    });
  conversation.saving = saving;
  await writing;
}

/** On its way from a sequence to disk, and in neither as yet. */
export function isInTransit({ hot, saving }: Conversation): boolean {
  return !hot && saving !== undefined;
}

/**
 * Frees an entry of its holder, whose tokens are on disk then if they can be; what they begin with too, for others of the key.
 * What the slot holds is nobody's afterwards; its first `keepTokens` are still there.
 */
export async function spill(pool: Pool, entry: SlotEntry, keepTokens: number): Promise<void> {
  const { holder } = entry;
  if (holder === undefined) return;
  const { prefixTokens, tokens, agent } = holder;
  const mayTrim = prefixTokens >= Math.max(pool.leastSavedTokens, keepTokens) && prefixTokens < tokens.length;
  const saved = isUnsaved(pool, holder) ? save(pool, entry, holder) : undefined;
  forget(pool, entry);
  await saved;
  const shared = { kind: "prefix", keyId: agent.keyId, tokens: tokens.subarray(0, prefixTokens) } as const;
  if (!mayTrim || pool.store?.writable !== true || pool.store.hasShared(shared)) return;
  await entry.slot.trim(prefixTokens);
  if (entry.slot.tokens.length === prefixTokens) await pool.store.saveShared(entry.slot, shared);
}

/** The entry is nobody's from now on, and its holder is what its file says. */
export function forget(pool: Pool, entry: SlotEntry): void {
  const { holder } = entry;
  if (holder === undefined) return;
  entry.holder = undefined;
  holder.hot = false;
  if (holder.saving === undefined) settle(pool, holder);
}

function settle({ book }: Pool, conversation: Conversation): void {
  conversation.unsaved = false;
  if (conversation.stored === undefined) book.remove(conversation);
  else conversation.tokens = conversation.stored.tokens;
}
