/** How patiently a hub is asked. */
export interface PullTerms {
  /** Files that are downloaded at a time. */
  readonly connections: number;
  /** Milliseconds that a connection may go without a byte. */
  readonly stallMs: number;
  /** Tries of one request, or of a file since it last grew. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled for each after it. */
  readonly backOffMs: number;
}

export const defaultPullTerms: PullTerms = { connections: 4, stallMs: 30_000, attempts: 5, backOffMs: 500 };

const longestBackOffMs = 10_000;
/** A hub that limits its rate may ask for minutes. */
const longestAskedMs = 300_000;

/**
 * Milliseconds before try number `attempt` + 1.
 * @param attempt tries that failed, from 1
 * @param random from 0 to 1: many machines that were cut off together do not come back together
 */
export function toBackOffMs(
  attempt: number,
  terms: PullTerms,
  askedMs: number | undefined,
  random: number,
): number {
  const ownMs = Math.min(longestBackOffMs, terms.backOffMs * 2 ** (attempt - 1)) * (0.5 + random / 2);
  return askedMs === undefined ? ownMs : Math.max(ownMs, Math.min(longestAskedMs, askedMs));
}
