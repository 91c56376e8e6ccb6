import { describeFailure } from "../canonical/describe-failure.ts";
import type { EncodedError } from "../canonical/embedding-dialect.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { TeiErrorBody, TeiErrorType } from "./wire.ts";

/** `{"error", "error_type"}` */
export function encodeTeiError(error: WeirError, requestId: string): EncodedError {
  const body: TeiErrorBody = { error: describeFailure(error, requestId), error_type: toType(error) };
  return { status: toStatus(error, body.error_type), body: { ...body } };
}

function toStatus({ code, status }: WeirError, type: TeiErrorType): number {
  // TEI answers 429 when it is full, and its clients back off on that.
  if (type === "Overloaded") return 429;
  return code === "MODEL_WRONG_KIND" ? 424 : status;
}

function toType(error: WeirError): TeiErrorType {
  if (error.code === "EMPTY_INPUT") return "Empty";
  if (error.code === "QUEUE_FULL") return "Overloaded";
  if (error.code === "MODEL_WRONG_KIND") return "Backend";
  if (error.status === 503) return "Unhealthy";
  return error.status < 500 ? "Validation" : "Backend";
}
