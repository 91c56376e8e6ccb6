import { errorCodes, type ErrorCode } from "../canonical/error-codes.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { isFields, readField, type Fields } from "../fields/read-fields.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";
import { fieldsIn, numberIn, textIn } from "./read-value.ts";

const longestQuote = 200;

/**
 * What a server says went wrong, in any of the usual envelopes: `{"error": text}`, `{"error": {"message"}}`,
 * `{"message"}`, `{"detail"}`. Undefined where there is none of them.
 */
export function parseChatError(body: Uint8Array): string | undefined {
  const answer = tryParseJson(body);
  if (typeof answer === "string" && answer !== "") return answer;
  return isFields(answer) ? findErrorMessage(answer) : undefined;
}

function findErrorMessage(answer: Fields): string | undefined {
  const error = readField(answer, "error");
  const inner = isFields(error) ? readField(error, "message") : undefined;
  const detail = readField(answer, "detail");
  for (const found of [error, inner, readField(answer, "message"), detail])
    if (typeof found === "string" && found !== "") return found;
  const rest = error ?? detail;
  return rest === undefined || rest === null ? undefined : JSON.stringify(rest).slice(0, longestQuote);
}

/**
 * The error that an event of an answer is, with the code that the server gives it; undefined where it is none. An empty
 * `error` is none, as for OpenAI's clients.
 */
export function readWireError(event: Fields): WeirError | undefined {
  const error = readField(event, "error");
  const isError = Boolean(error) || readField(event, "object") === "error";
  if (!isError) return undefined;
  const inner = isFields(error) ? error : event;
  const message = findErrorMessage(event) ?? "it says no more";
  const field = textIn(inner, "param");
  const told = `the server ended its answer with an error: ${message}`;
  return new WeirError(toCode(inner), told, field === "" ? {} : { field });
}

// What OpenAI's and Anthropic's APIs call their errors.
const codesByType: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: "INVALID_REQUEST",
  authentication_error: "UNAUTHENTICATED",
  permission_error: "FORBIDDEN",
  not_found_error: "MODEL_NOT_FOUND",
  request_too_large: "BODY_TOO_LARGE",
  rate_limit_error: "RATE_LIMITED",
  rate_limit_exceeded: "RATE_LIMITED",
  timeout_error: "DEADLINE_EXCEEDED",
  overloaded_error: "NOT_READY",
  context_length_exceeded: "INPUT_TOO_LONG",
  exceed_context_size_error: "INPUT_TOO_LONG",
  unavailable_error: "NOT_READY",
};

function toCode(error: Fields): ErrorCode {
  for (const name of [textIn(error, "code"), textIn(error, "type")]) {
    const own = name.toUpperCase();
    if (Object.hasOwn(errorCodes, own)) return own as ErrorCode;
    const known = Object.hasOwn(codesByType, name) ? codesByType[name] : undefined;
    if (known !== undefined) return known;
  }
  return toCodeOfStatus(numberIn(error, "code") ?? numberIn(fieldsIn(error, "error"), "code") ?? 500);
}

/** The code of an HTTP status that came without one of ours. */
function toCodeOfStatus(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "MODEL_NOT_FOUND";
  if (status === 413) return "BODY_TOO_LARGE";
  if (status === 429) return "RATE_LIMITED";
  if (status === 503 || status === 529) return "NOT_READY";
  if (status === 504) return "DEADLINE_EXCEEDED";
  return status >= 400 && status < 500 ? "INVALID_REQUEST" : "ENGINE_FAILED";
}
