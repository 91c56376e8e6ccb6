import { describeFailure } from "../canonical/describe-failure.ts";
import type { EncodedError } from "../canonical/embedding-dialect.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { OllamaErrorBody } from "./wire.ts";

/** `{"error": message}` */
export function encodeOllamaError(error: WeirError, requestId: string): EncodedError {
  const body: OllamaErrorBody = { error: describeFailure(error, requestId) };
  return { status: error.status, body: { ...body } };
}
