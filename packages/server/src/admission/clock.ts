/** Time, as far as admission has to know of it. */
export interface Clock {
  /** Milliseconds that never go back. */
  nowMs(): number;
  /** Calls back once, later. Returns what prevents that. */
  after(delayMs: number, callback: () => void): () => void;
}

/** setTimeout takes no more; the callback then comes early, which its receiver must bear. */
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(longestDelayMs, delayMs));
    // A deadline keeps no process alive; what has the deadline does.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
