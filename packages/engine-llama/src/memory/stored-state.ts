import type { Conversation } from "./conversation.ts";
import type { SequenceSlot } from "./sequence-slot.ts";

/** A state on disk that is believed to be whole; it is checked again before it is loaded. */
export interface StoredState {
  /** File name of the entry that describes it, without its folder. */
  readonly name: string;
  /** File name of the engine's state; every save has a new one. */
  readonly stateName: string;
  readonly stateBytes: number;
  readonly stateSha256: string;
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

/** States on disk. What fails in it is counted and never thrown. */
export interface StateStore {
  readonly bytes: number;
  readonly capacityBytes: number;
  /** Whether a save may be tried: false for a while after one failed. */
  readonly writable: boolean;
  /** What of that key begins most like `tokens`, or what every key shares. */
  find(keyId: string, tokens: Uint32Array): StoredMatch | undefined;
  /** Checks a state and loads it. False: it was damaged or gone and is dropped now; what the slot holds is nobody's. */
  load(stored: StoredState, slot: SequenceSlot): Promise<boolean>;
  /**
   * Writes what a slot holds. Resolves when the slot is free again, to when the file is safe: `stored` of the conversation is
   * the new state then. False where it could not be, and `stored` is what it was.
   */
  save(slot: SequenceSlot, conversation: Conversation): Promise<{ readonly safe: Promise<boolean> }>;
  /** As `save`, for tokens that several conversations begin with; the slot holds only them. */
  saveShared(slot: SequenceSlot, shared: SharedState): Promise<{ readonly safe: Promise<boolean> }>;
  /** Whether there is one. What is asked for as `prewarm` is found by every key from then on. */
  hasShared(shared: SharedState): boolean;
  /** Removes what is stored of a conversation, or a state that is not wanted any more. */
  drop(what: Conversation | StoredState): Promise<void>;
  /** Looks for what another process wrote into the folder; cheap where nobody did. */
  refresh(): Promise<void>;
  /** Resolves when everything that was begun is safe or has failed. */
  settle(): Promise<void>;
}

/** Of one key, or of everybody where the operator says so; `keyId` is empty then. */
interface SharedState {
  readonly kind: "prefix" | "prewarm";
  readonly keyId: string;
  readonly tokens: Uint32Array;
}
