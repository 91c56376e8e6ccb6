import { parseRetryAfter } from "@weir/protocol";

/** What one attempt ended with, as far as a retry depends on it. */
export type AttemptOutcome =
  | { readonly kind: "no-answer" }
  | { readonly kind: "answer"; readonly status: number; readonly headers: Headers };

const firstDelayMs = 250;
const longestOwnDelayMs = 8_000;

/** A server's delay is never shortened, and lengthened by at most this share of it. */
const serverDelayJitter = 0.1;

/**
 * How long to wait before trying again, in milliseconds; undefined where another attempt would not help. A server
 * decides with `x-should-retry`, and says when with `retry-after-ms` or `Retry-After` (seconds or a date). `attempt`
 * counts from 0, `random` is in [0, 1).
 */
export function retryDelayMs(
  outcome: AttemptOutcome,
  attempt: number,
  random: number,
  nowMs: number,
): number | undefined {
  // Half of the delay is random, so that clients which failed together do not come back together.
  const ownDelayMs = Math.min(longestOwnDelayMs, firstDelayMs * 2 ** attempt) * (0.5 + random / 2);
  if (outcome.kind === "no-answer") return ownDelayMs;
  if (!mayRetry(outcome.status, outcome.headers.get("x-should-retry"))) return undefined;
  const serverDelayMs = readServerDelayMs(outcome.headers, nowMs);
  if (serverDelayMs === undefined) return ownDelayMs;
  return serverDelayMs * (1 + random * serverDelayJitter);
}

/** The wait that an answer's headers ask for, in milliseconds; undefined where they ask for none that makes sense. */
export function readServerDelayMs(headers: Headers, nowMs: number): number | undefined {
  return parseRetryAfter({ inMs: headers.get("retry-after-ms"), after: headers.get("retry-after") }, nowMs);
}

function mayRetry(status: number, shouldRetry: string | null): boolean {
  if (shouldRetry === "true") return true;
  if (shouldRetry === "false") return false;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}
