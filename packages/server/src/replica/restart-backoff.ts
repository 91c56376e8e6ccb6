export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** A replica that served this long before it ended starts again without delay being added up. */
export const healthyAfterMs = 30_000;

const defaultBackoff: BackoffOptions = { firstMs: 100, longestMs: 10_000 };

/**
 * How long to wait before start number `attempt` in a row (1 is the first restart). It doubles, so that a model that
 * dies at once does not burn the machine, and the first restart is nearly immediate.
 */
export function restartDelayMs(
  attempt: number,
  { firstMs, longestMs }: BackoffOptions = defaultBackoff,
): number {
  return Math.min(longestMs, firstMs * 2 ** (attempt - 1));
}
