import type { Conversation } from "./conversation.ts";
import type { SequenceSlot } from "./sequence-slot.ts";

/** A slot and what it is used for. */
export interface SlotEntry {
  readonly slot: SequenceSlot;
  /** Whose tokens it holds. Undefined: nobody's, and whatever is in it is erased before it is used. */
  holder: Conversation | undefined;
  use: "idle" | "leased" | "saving";
  lastUsed: number;
}
