import type { EncodedError } from "../canonical/embedding-dialect.ts";
import { describeFailure } from "../canonical/describe-failure.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { OpenAIErrorBody } from "./wire.ts";

/** `{"error":{"message","type","param","code"}}`. `code` is our own code in lower case, e.g. `model_not_found`. */
export function encodeOpenAIError(error: WeirError, requestId: string): EncodedError {
  // OpenAI answers 400 with this code, and clients that shorten and retry look for it.
  const tooLong = error.code === "INPUT_TOO_LONG";
  const status = tooLong ? 400 : error.status;
  const body: OpenAIErrorBody = {
    error: {
      message: describeFailure(error, requestId),
      type: toType(status),
      param: error.field ?? null,
      code: tooLong ? "context_length_exceeded" : error.code.toLowerCase(),
    },
  };
  return { status, body: { ...body } };
}

function toType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
