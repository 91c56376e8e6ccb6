import { parseErrorEnvelope, WeirError } from "@weir/protocol";
import type { ErrorCode } from "@weir/protocol";
import { readServerDelayMs } from "./retry-delay.ts";
import type { Answer } from "./send-once.ts";

/** A dialect, as far as it reads errors. */
interface ErrorReader {
  parseError(body: Uint8Array): string | undefined;
}

/** An answer that is not 200, as an error with the server's own message, field and wait. */
export function toAnswerError(url: string, answer: Answer, dialect: ErrorReader): WeirError {
  const message = dialect.parseError(answer.body) ?? describeBody(answer.body);
  const { code, field } = parseErrorEnvelope(answer.body);
  const retryAfterMs = readServerDelayMs(answer.headers, Date.now());
  return new WeirError(code ?? toCode(answer.status), `${url} answered ${answer.status}: ${message}`, {
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function toCode(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "ROUTE_NOT_FOUND";
  if (status === 405) return "METHOD_NOT_ALLOWED";
  if (status === 413) return "BODY_TOO_LARGE";
  if (status === 429) return "RATE_LIMITED";
  if (status === 503 || status === 529) return "NOT_READY";
  if (status === 504) return "DEADLINE_EXCEEDED";
  if (status >= 500) return "ENGINE_FAILED";
  return status >= 400 ? "INVALID_REQUEST" : "TARGET_ANSWER_INVALID";
}

const longestQuote = 200;

function describeBody(body: Uint8Array): string {
  if (body.length === 0) return "an empty body";
  const text = Buffer.from(body).toString();
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}...` : text);
}
