import { describeFailure } from "../canonical/describe-failure.ts";
import type { EncodedError } from "../canonical/embedding-dialect.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { OllamaErrorBody } from "./wire.ts";

/** `{"error": message}` */
export function encodeOllamaError(error: WeirError, requestId: string): EncodedError {
  const body: OllamaErrorBody = { error: describeFailure(error, requestId) };
  // Ollama refuses long inputs with 400.
  const status = error.code === "INPUT_TOO_LONG" ? 400 : error.status;
  return { status, body: { ...body } };
}
