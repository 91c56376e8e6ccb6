import { embeddingDialects, errorCodes, WeirError, type EmbeddingDialectName } from "@weir/protocol";
import type { ErrorCode } from "@weir/protocol";
import { readServerDelayMs } from "./retry-delay.ts";
import type { Answer } from "./send-once.ts";

/** An answer that is not 200, as an error with the server's own message, field and wait. */
export function toAnswerError(url: string, answer: Answer, dialect: EmbeddingDialectName): WeirError {
  const message = embeddingDialects[dialect].parseError(answer.body) ?? describeBody(answer.body);
  const { code, field } = readEnvelope(answer.body);
  const retryAfterMs = readServerDelayMs(answer.headers, Date.now());
  return new WeirError(code ?? toCode(answer.status), `${url} answered ${answer.status}: ${message}`, {
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

interface Envelope {
  readonly code: ErrorCode | undefined;
  readonly field: string | undefined;
}

/** Weir puts its code into the envelope in lower case, under `error` or at the top; `param` is OpenAI's. */
function readEnvelope(body: Uint8Array): Envelope {
  const answer = parseObject(body);
  const nested = answer["error"];
  const error = typeof nested === "object" && nested !== null ? (nested as Record<string, unknown>) : answer;
  const code = String(error["code"]).toUpperCase();
  const field = error["param"];
  return {
    code: code === "CONTEXT_LENGTH_EXCEEDED" ? "INPUT_TOO_LONG" : toKnownCode(code),
    field: typeof field === "string" && field !== "" ? field : undefined,
  };
}

function parseObject(body: Uint8Array): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function toKnownCode(code: string): ErrorCode | undefined {
  return Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : undefined;
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
