import { isFields, readField } from "../fields/read-fields.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";
import { errorCodes, type ErrorCode } from "./error-codes.ts";

/** What an error's envelope says beside its message. */
export interface ErrorEnvelope {
  /** Weir's own code, where the server is one. */
  readonly code: ErrorCode | undefined;
  /** The field at fault. */
  readonly field: string | undefined;
}

/** Weir puts its code into the envelope in lower case, under `error` or at the top; `param` is OpenAI's. */
export function parseErrorEnvelope(body: Uint8Array): ErrorEnvelope {
  const answer = tryParseJson(body);
  if (!isFields(answer)) return { code: undefined, field: undefined };
  const nested = readField(answer, "error");
  const error = isFields(nested) ? nested : answer;
  const code = readField(error, "code");
  const field = readField(error, "param");
  return {
    code: typeof code === "string" ? toKnownCode(code.toUpperCase()) : undefined,
    field: typeof field === "string" && field !== "" ? field : undefined,
  };
}

function toKnownCode(code: string): ErrorCode | undefined {
  if (code === "CONTEXT_LENGTH_EXCEEDED") return "INPUT_TOO_LONG";
  return Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : undefined;
}
