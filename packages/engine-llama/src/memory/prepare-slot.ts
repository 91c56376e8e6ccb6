import type { ChatReuse } from "@weir/engine";
import type { StartChoice } from "./choose-start.ts";
import { commonPrefixTokens } from "./common-prefix.ts";
import { leastWorthTokens } from "./least-worth-tokens.ts";
import { spill, type Pool } from "./pool.ts";
import type { SequenceSlot } from "./sequence-slot.ts";

export interface PreparedSlot {
  readonly reusedTokens: number;
  readonly reuse: ChatReuse;
  readonly restoreMs: number;
}

/** Makes a leased slot hold what was chosen of a prompt's beginning, and nothing else. */
export async function prepareSlot(
  pool: Pool,
  choice: StartChoice,
  keyId: string,
  prompt: Uint32Array,
): Promise<PreparedSlot> {
  const { entry, source, conversation } = choice;
  const { slot, holder } = entry;
  if (holder !== conversation) await spill(pool, entry, source.kind === "hot" ? source.common : 0);
  let restoreMs = 0;
  let reuse: ChatReuse = "hot";
  if (source.kind !== "hot") {
    await slot.erase();
    const startedAtMs = performance.now();
    reuse = source.kind === "none" ? "none" : await restore(pool, choice, slot, keyId, prompt);
    restoreMs = source.kind === "none" ? 0 : performance.now() - startedAtMs;
  }
  const keep = Math.min(commonPrefixTokens(slot.tokens, prompt), prompt.length - 1);
  if (slot.tokens.length > keep) await slot.trim(keep);
  // What the engine says it holds is what is believed, and only if it is the prompt's.
  const held = slot.tokens;
  if (held.length > keep || commonPrefixTokens(held, prompt) < held.length) {
    await slot.erase();
    return { reusedTokens: 0, reuse: "none", restoreMs };
  }
  return { reusedTokens: held.length, reuse: held.length === 0 ? "none" : reuse, restoreMs };
}

/** Loads the file that was chosen; where it proves damaged, what fits best of the others. */
async function restore(
  { store }: Pool,
  { source }: StartChoice,
  slot: SequenceSlot,
  keyId: string,
  prompt: Uint32Array,
): Promise<ChatReuse> {
  let stored = source.kind === "stored" ? source.stored : undefined;
  // Another process may go on replacing them: no more than a few.
  for (let tries = 0; tries < 3 && store !== undefined && stored !== undefined; tries++) {
    if (await store.load(stored, slot)) return stored.kind === "prewarm" ? "prewarm" : "disk";
    const next = store.find(keyId, prompt);
    stored = next !== undefined && next.common >= leastWorthTokens ? next.stored : undefined;
  }
  return "none";
}
