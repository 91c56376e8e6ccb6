import type { FastifyReply, FastifyRequest } from "fastify";
import { WeirError } from "@weir/protocol";
import type { Security } from "./security.ts";
import { isAllowedOrigin, isOwnHost, isSameOrigin } from "./web-origin.ts";

// What a page may read of an answer beside its body.
const exposedHeaders = [
  "age",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "server-timing",
  "x-cache",
  "x-cache-hits",
  "x-cache-similarity",
  "x-inference-time",
  "x-process-time",
  "x-queue-time",
  "x-request-id",
  "x-should-retry",
  "x-truncated-inputs",
].join(", ");

/** How long a browser may remember the answer to a preflight, in seconds; browsers cap it lower. */
const preflightSeconds = 7_200;

/**
 * Refuses what a foreign web page sends, and tells browsers which pages may read the answers (CORS). Throws FORBIDDEN.
 * Returns the answer where the request was only a browser's question (a preflight).
 */
export function checkWebPage(
  request: FastifyRequest,
  reply: FastifyReply,
  security: Security,
): FastifyReply | undefined {
  const { host, origin } = request.headers;
  if (security.checksHost && !isOwnHost(host, security.allowHosts)) {
    const message = `this server answers to this machine's own names, got Host ${JSON.stringify(host)}; the operator can allow it with --allow-host`;
    throw new WeirError("FORBIDDEN", message);
  }
  if (security.allowOrigins.size > 0) reply.header("vary", "origin");
  if (origin === undefined || isSameOrigin(origin, host)) return undefined;
  const preflight =
    request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
  if (!isAllowedOrigin(origin, security.allowOrigins)) {
    if (!security.checksOrigin && !preflight) return undefined;
    const message = `pages of ${JSON.stringify(origin)} may not use this server; the operator can allow them with --allow-origin`;
    throw new WeirError("FORBIDDEN", message);
  }
  reply.header("access-control-allow-origin", security.allowOrigins.has("*") ? "*" : origin);
  if (!preflight) {
    reply.header("access-control-expose-headers", exposedHeaders);
    return undefined;
  }
  // Every route and header: what a request may do is decided when it comes.
  reply.header("access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE");
  const asked = request.headers["access-control-request-headers"];
  if (asked !== undefined) reply.header("access-control-allow-headers", asked);
  if (request.headers["access-control-request-private-network"] === "true")
    reply.header("access-control-allow-private-network", "true");
  reply.header("access-control-max-age", preflightSeconds);
  return reply.code(204).send();
}
