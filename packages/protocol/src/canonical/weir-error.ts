import { errorCodes, type ErrorCode, type ErrorCodeEntry } from "./error-codes.ts";

export interface WeirErrorDetails {
  /** The request field at fault, as the client wrote it, e.g. `input[3]`. */
  readonly field?: string;
  /** When to try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * The one error class. A message says what was expected, what came instead, and what to do next; everything fixed
 * (status, exit code, hint) comes from the code's row in {@link errorCodes}.
 */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: WeirErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "WeirError";
    this.code = code;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
  }

  get status(): number {
    return this.entry.status;
  }

  get exitCode(): number {
    return this.entry.exitCode;
  }

  get retryable(): boolean {
    return this.entry.retryable;
  }

  get hint(): string {
    return this.entry.hint;
  }

  private get entry(): ErrorCodeEntry {
    return errorCodes[this.code];
  }
}

/** The same error if it already is one of ours, else an INTERNAL error that keeps the original as its cause. */
export function toWeirError(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new WeirError("INTERNAL", message, { cause: error });
}
