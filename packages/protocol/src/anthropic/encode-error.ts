import { describeFailure } from "../canonical/describe-failure.ts";
import type { EncodedError } from "../canonical/embedding-dialect.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { AnthropicErrorBody } from "./wire.ts";

/** `{"type":"error","error":{"type","message"},"request_id"}`. A full server is 529, which clients wait longer for. */
export function encodeAnthropicError(error: WeirError, requestId: string): EncodedError {
  const status = toStatus(error);
  const body: AnthropicErrorBody = {
    type: "error",
    error: { type: toType(status), message: toMessage(error, requestId) },
    request_id: requestId,
  };
  return { status, body: { ...body } };
}

/** Agent clients look for these words, and shorten the conversation then. */
function toMessage(error: WeirError, requestId: string): string {
  const message = describeFailure(error, requestId);
  const known = error.code !== "INPUT_TOO_LONG" || message.startsWith("prompt is too long");
  return known ? message : `prompt is too long: ${message}`;
}

function toStatus(error: WeirError): number {
  // Anthropic refuses long prompts with 400; its 413 is about bytes.
  if (error.code === "INPUT_TOO_LONG") return 400;
  return error.status === 503 ? 529 : error.status;
}

function toType(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 529:
      return "overloaded_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}
