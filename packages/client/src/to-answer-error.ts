import { errorCodes, openaiDialect, WeirError, type ErrorCode } from "@weir/protocol";
import type { PostAnswer } from "./post-once.ts";

/** An answer that is not 200, as an error with the server's own message. */
export function toAnswerError(
  endpoint: string,
  answer: PostAnswer,
  retryAfterMs: number | undefined,
): WeirError {
  const message = openaiDialect.parseError(answer.body) ?? describeBody(answer.body);
  return new WeirError(
    readCode(answer.body) ?? toCode(answer.status),
    `${endpoint} answered ${answer.status}: ${message}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** Weir's servers put the code into the envelope in lower case. */
function readCode(body: Uint8Array): ErrorCode | undefined {
  try {
    const answer = JSON.parse(Buffer.from(body).toString()) as { error?: { code?: unknown } } | null;
    const code = String(answer?.error?.code).toUpperCase();
    if (code === "CONTEXT_LENGTH_EXCEEDED") return "INPUT_TOO_LONG";
    return Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : undefined;
  } catch {
    return undefined;
  }
}

function toCode(status: number): ErrorCode {
  if (status === 401 || status === 403) return "FORBIDDEN";
  if (status === 404) return "ROUTE_NOT_FOUND";
  if (status === 405) return "METHOD_NOT_ALLOWED";
  if (status === 413) return "BODY_TOO_LARGE";
  if (status === 429) return "QUEUE_FULL";
  if (status === 503) return "NOT_READY";
  if (status >= 500) return "ENGINE_FAILED";
  return status >= 400 ? "INVALID_REQUEST" : "TARGET_ANSWER_INVALID";
}

const longestQuote = 200;

function describeBody(body: Uint8Array): string {
  if (body.length === 0) return "an empty body";
  const text = Buffer.from(body).toString();
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}...` : text);
}
