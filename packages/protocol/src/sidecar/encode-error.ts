import { describeFailure } from "../canonical/describe-failure.ts";
import type { EncodedError } from "../canonical/embedding-dialect.ts";
import type { WeirError } from "../canonical/weir-error.ts";
import type { SidecarErrorBody } from "./wire.ts";

/** `{"detail": message, "code": "INVALID_REQUEST"}` */
export function encodeSidecarError(error: WeirError, requestId: string): EncodedError {
  const body: SidecarErrorBody = { detail: describeFailure(error, requestId), code: error.code };
  return { status: error.status, body: { ...body } };
}
