const firstMs = 100;

/**
 * How long to wait before start number `attempt` in a row (1 is the first restart), in milliseconds. It doubles, so that a
 * model that dies at once does not burn the machine, and the first restart is nearly immediate.
 */
export function restartDelayMs(attempt: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** (attempt - 1));
}
