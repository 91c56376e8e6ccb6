import type { WeirError } from "./weir-error.ts";

/**
 * What an error envelope says. A defect's own message may hold internals (paths, code), so clients get the request id
 * under which the log has it.
 */
export function describeFailure(error: WeirError, requestId: string): string {
  if (error.code !== "INTERNAL") return error.message;
  return `The server failed on this request. Its log has the details under request id ${requestId}.`;
}
