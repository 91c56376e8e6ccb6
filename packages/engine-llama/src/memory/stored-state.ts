import type { Conversation } from "./conversation.ts";
import type { SequenceSlot } from "./sequence-slot.ts";

/** A state on disk that is believed to be whole; it is checked again before it is loaded. */
export interface StoredState {
  /** File name of the entry that describes it, without its folder. */
  readonly name: string;
  /** File name of the engine's state. */
  readonly stateName: string;
  readonly kind: "conversation" | "prefix" | "prewarm";
  readonly keyId: string;
  readonly tokens: Uint32Array;
  /** Of both files. */
  readonly bytes: number;
  /** Whose it is, where it is a conversation's. */
  readonly owner: Conversation | undefined;
  lastUsedAtMs: number;
}

export interface StoredMatch {
  readonly stored: StoredState;
  /** Tokens in common from the start. */
  readonly common: number;
}

/** States on disk, or nowhere. What fails in it is counted and never thrown. */
export interface StateStore {
  readonly bytes: number;
  readonly capacityBytes: number;
  /** What of that key begins most like `tokens`, and what every key shares. */
  find(keyId: string, tokens: Uint32Array): StoredMatch | undefined;
  /** Checks a state and loads it. False: it was damaged or gone, is dropped now, and the slot is empty. */
  load(stored: StoredState, slot: SequenceSlot): Promise<boolean>;
  /** Whether a save may be tried: false for a while after one failed. */
  readonly writable: boolean;
  /**
   * Writes what a slot holds; resolves when the slot is free again, to when the file is safe. The conversation's `stored` is
   * the new state then, or what it was.
   */
  save(slot: SequenceSlot, conversation: Conversation): Promise<{ readonly safe: Promise<boolean> }>;
  /** As `save`, for the first tokens of a conversation that others of its key share. The slot holds only them. */
  savePrefix(slot: SequenceSlot, keyId: string): Promise<void>;
  hasPrefix(keyId: string, tokens: Uint32Array): boolean;
  /** Removes what is stored of a conversation. */
  drop(conversation: Conversation): Promise<void>;
  /** Looks for what another process wrote into the folder; cheap where nobody did. */
  refresh(): Promise<void>;
  /** Resolves when everything that was begun is safe or has failed. */
  settle(): Promise<void>;
}
