import { WeirError } from "@weir/protocol";

/** The time that one request has, with all its attempts and the waits between them. */
export interface RequestBudget {
  readonly timeoutMs: number;
  /** Milliseconds that are left; at most 0 once it is over. */
  leftMs(): number;
}

export function createBudget(timeoutMs: number): RequestBudget {
  const endMs = performance.now() + timeoutMs;
  return { timeoutMs, leftMs: () => endMs - performance.now() };
}

/** What comes after an attempt that failed. */
export type NextStep =
  | { readonly kind: "wait"; readonly delayMs: number }
  | { readonly kind: "give-up"; readonly error: WeirError };

/**
 * Whether to wait `delayMs` (undefined: another attempt would not help) and try again. A wait that does not fit into
 * what is left is not begun: the error then says so at once.
 */
export function decideNextStep(error: WeirError, delayMs: number | undefined, leftMs: number): NextStep {
  if (delayMs === undefined || leftMs <= 0) return { kind: "give-up", error };
  if (delayMs < leftMs) return { kind: "wait", delayMs };
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const { code, message, field, retryAfterMs } = error;
  const whose = retryAfterMs === undefined ? "another attempt is due" : "the server says to come back";
  const told = `${message} (${whose} in ${seconds(delayMs)}, and ${seconds(leftMs)} are left of timeoutMs)`;
  return {
    kind: "give-up",
    error: new WeirError(code, told, {
      ...(field === undefined ? {} : { field }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      cause: error,
    }),
  };
}
