/**
 * One sequence of the engine's KV cache, as the memory of conversations sees it. The memory calls nothing of a slot that is
 * leased, and of the others one thing at a time.
 */
export interface SequenceSlot {
  /** What its KV cache holds, oldest first. */
  readonly tokens: ArrayLike<number>;
  /**
   * Keeps the first `count` tokens at most. A model that cannot go back to any place keeps fewer: what `tokens` says afterwards
   * is what counts.
   */
  trim(count: number): Promise<void>;
  /** Holds nothing afterwards, whatever state it was in. */
  erase(): Promise<void>;
  /** Writes its state over the empty file at `path`. Returns the bytes written. */
  saveState(path: string): Promise<number>;
  /** Holds what `saveState` wrote afterwards. Only files that proved whole come here: engines may crash on others. */
  loadState(path: string): Promise<void>;
}
