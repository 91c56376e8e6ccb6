/** Requests over which the moving mean runs. */
const memoryRequests = 32;
/** Told before the first request was over. */
const assumedMs = 1_000;
const shortestMs = 100;
const longestMs = 60_000;

/**
 * How long bytes are held, measured, and what follows from it: held for time T in the mean, a fraction f of them is free
 * again after f x T (Little's law).
 */
export class HoldingTime {
  #requests = 0;
  #meanMs = 0;

  /** A request is over that held bytes for so long. */
  note(ms: number): void {
    this.#requests++;
    this.#meanMs += Math.max(1 / this.#requests, 1 / memoryRequests) * (ms - this.#meanMs);
  }

  /** When so many of the bytes held now are likely to be free, in milliseconds. */
  toFreeMs(bytes: number, heldBytes: number): number {
    if (this.#requests === 0) return assumedMs;
    const part = Math.min(1, bytes / heldBytes);
    return Math.min(longestMs, Math.max(shortestMs, Math.ceil(part * this.#meanMs)));
  }
}
