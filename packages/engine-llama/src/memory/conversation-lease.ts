import type { ChatAgent, ChatReuse } from "@weir/engine";
import type { SequenceSlot } from "./sequence-slot.ts";

/** Whose prompt it is and what it says. */
export interface LeaseRequest {
  readonly agent: ChatAgent;
  /** All tokens that the model is to be given. At least one. */
  readonly prompt: ArrayLike<number>;
  /** How many of them are system prompt and tools, which other conversations begin with as well. @default nobody knows */
  readonly prefixTokens?: number;
  /** Lower ones get a slot first. */
  readonly rank: number;
}

/** A slot that holds a beginning of the prompt, for one answer. */
export interface ConversationLease<Slot extends SequenceSlot> {
  readonly slot: Slot;
  /** The prompt's tokens that the slot holds; fewer than the prompt has. */
  readonly reusedTokens: number;
  readonly reuse: ChatReuse;
  /** Waiting for a slot, and for its last holder to be written where that had to be. */
  readonly waitMs: number;
  /** Reading a state file; 0 where none was read. */
  readonly restoreMs: number;
  /** Where the prompt left what was known of its agent; undefined where it went on where that ended. */
  readonly divergedAt: number | undefined;
  /** Gives the slot back; `slot.tokens` is what is remembered. Whatever comes after the first call does nothing. */
  release(outcome: LeaseOutcome): void;
}

export interface LeaseOutcome {
  /** False where nobody can say what the slot holds: it is emptied, and the conversation is what its state file says. */
  readonly intact: boolean;
  /** True for an answer that was given: it is a turn, and its tokens are counted. */
  readonly turn: boolean;
}
