import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

// Visible ASCII only: the id goes back into a header and into logs as it came.
const acceptable = /^[\x21-\x7e]{1,128}$/;

/** The client's own id where it sent a usable one, else a new one. */
export function resolveRequestId(request: Pick<IncomingMessage, "headers">): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && acceptable.test(given) ? given : createRequestId();
}

export function createRequestId(): string {
  return `req_${randomUUID().replaceAll("-", "")}`;
}
