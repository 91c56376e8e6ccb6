import type { ChatStreamEncoder, WeirError } from "@weir/protocol";
import type { FastifyRequest } from "fastify";
import { toClientError } from "../error-answers.ts";
import { withNextStep } from "../next-step.ts";

/** The last frame of an answer that fails midway. Its status is out already, so the report has what went wrong. */
export function failStream(
  request: FastifyRequest,
  encoder: Pick<ChatStreamEncoder, "fail">,
  error: WeirError,
): Uint8Array {
  const known = toClientError(error);
  request.report.failure = known.code;
  if (known.code === "INTERNAL") request.log.error({ err: error }, "request failed");
  return encoder.fail(withNextStep(known), request.id);
}
