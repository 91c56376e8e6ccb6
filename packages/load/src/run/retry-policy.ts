import type { ResponseHead } from "../http/response-head.ts";

const firstWaitMs = 500;
const longestWaitMs = 8000;
const longestAskedMs = 60_000;
/** Largest share by which a wait is shortened, so that users who failed together do not come back together. */
const jitterShare = 0.25;

/** What an answer says about sending the request again. */
export interface RetryAdvice {
  /** How long the server asks to wait; undefined where it does not, or asks for more than a minute. */
  readonly waitMs: number | undefined;
  /** Whether the server says that it is of use, or that it is of none; undefined where it says neither. */
  readonly again: boolean | undefined;
}

export const noAdvice: RetryAdvice = { waitMs: undefined, again: undefined };

/** Whether an answer of this status may be another one the next time. What the server says of it counts first. */
export function isRetryable(status: number, advice: RetryAdvice): boolean {
  return advice.again ?? (status === 408 || status === 409 || status === 429 || status >= 500);
}

/**
 * Reads `x-should-retry`, `retry-after-ms` and `Retry-After` (seconds or a date, RFC 9110 section 10.2.3).
 * @param nowMs wall clock, for a date
 */
export function readRetryAdvice(head: ResponseHead, nowMs: number): RetryAdvice {
  const said = head.find("x-should-retry");
  const again = said === "true" ? true : said === "false" ? false : undefined;
  const askedMs = readWaitMs(head, nowMs);
  const waitMs = askedMs >= 0 && askedMs <= longestAskedMs ? askedMs : undefined;
  return { waitMs, again };
}

function readWaitMs(head: ResponseHead, nowMs: number): number {
  const exact = head.find("retry-after-ms");
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return Number(exact);
  const value = head.find("retry-after");
  if (value === undefined) return Number.NaN;
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Math.max(0, Date.parse(value) - nowMs);
}

/**
 * How long to wait before a request is sent again.
 * @param attempt how often it was sent again before this
 * @param random a number in [0, 1)
 */
export function retryWaitMs(attempt: number, advice: RetryAdvice, random: number): number {
  if (advice.waitMs !== undefined) return advice.waitMs;
  return Math.min(longestWaitMs, firstWaitMs * 2 ** attempt) * (1 - jitterShare * random);
}
