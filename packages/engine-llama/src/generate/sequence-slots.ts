import type { NativeContext } from "../llama/addon.ts";
import type { SequenceSlot } from "../memory/sequence-slot.ts";
import type { BatchLoop, SequenceTokens } from "./batch-loop.ts";

/** One sequence of the context, whole: what it holds, and how to change that between two batches. */
export interface LlamaSlot extends SequenceSlot, SequenceTokens {
  tokens: number[];
}

export function createSequenceSlots(
  context: NativeContext,
  loop: BatchLoop,
  count: number,
  contextTokens: number,
): readonly LlamaSlot[] {
  return Array.from({ length: count }, (_, id) => createSlot(context, loop, id, contextTokens));
}

function createSlot(context: NativeContext, loop: BatchLoop, id: number, contextTokens: number): LlamaSlot {
  function eraseNow(): void {
    context.disposeSequence(id);
    slot.tokens = [];
  }

  const slot: LlamaSlot = {
    id,
    tokens: [],
    trim: async (length) => {
      if (slot.tokens.length <= length) return;
      await loop.between(() => {
        if (length === 0 || !context.removeTokenCellsFromSequence(id, length, -1)) eraseNow();
        else slot.tokens.length = length;
      });
    },
    erase: async () => {
      await loop.between(eraseNow);
    },
    saveState: async (path) =>
      loop.between(async () => context.saveSequenceStateToFile(path, id, Uint32Array.from(slot.tokens))),
    loadState: async (path) => {
      await loop.between(async () => {
        eraseNow();
        try {
          slot.tokens = Array.from(await context.loadSequenceStateFromFile(path, id, contextTokens));
        } catch (error) {
          eraseNow();
          throw error;
        }
      });
    },
  };
  return slot;
}
