import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { toWeirError, WeirError, type ErrorCode } from "@weir/protocol";
import { encodeErrorIn, type EnvelopeName } from "./encode-error.ts";
import { withNextStep } from "./next-step.ts";

/** What says that a request was not taken, for want of room or time: there is nothing wrong with it. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "RATE_LIMITED",
  "QUEUE_FULL",
  "DEADLINE_UNREACHABLE",
  "DEADLINE_EXCEEDED",
  "NOT_READY",
]);

/** Enough of an unknown path to see what is wrong with it, in characters. */
const shownPathLength = 200;

/** Every error leaves in the envelope of the dialect it was asked in, with status and Retry-After from one table. */
export function addErrorAnswers(app: FastifyInstance): void {
  const methodsByPath = new Map<string, { readonly paths: RegExp; readonly methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    const known = methodsByPath.get(url) ?? { paths: toPaths(url), methods: new Set() };
    for (const name of [method].flat()) known.methods.add(name);
    methodsByPath.set(url, known);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toClientError(error);
    if (known.status >= 500 && known.code === "INTERNAL") request.log.error({ err: error }, "request failed");
    return sendError(known, request, reply);
  });

  // Before the body is read: nobody wants it.
  app.addHook("preParsing", (request, reply, _payload, done) => {
    if (request.is404) done(toNotFound(request, reply));
    else done();
  });

  function toNotFound(request: FastifyRequest, reply: FastifyReply): WeirError {
    const url = request.url.split("?", 1)[0]!;
    const path = url.length > shownPathLength ? `${url.slice(0, shownPathLength)}...` : url;
    const met = [...methodsByPath.values()].find(({ paths }) => paths.test(url));
    if (met === undefined) {
      const message = `there is no ${request.method} ${path} here; GET /openapi.json lists the routes`;
      return new WeirError("ROUTE_NOT_FOUND", message);
    }
    const allowed = [...met.methods].join(", ");
    reply.header("allow", allowed);
    const message = `${path} takes ${allowed}, got ${request.method}`;
    return new WeirError("METHOD_NOT_ALLOWED", message);
  }
}

/** The paths that a route's pattern stands for, whose parameters are whole segments. */
function toPaths(pattern: string): RegExp {
  const literal = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll(/:\w+/g, "[^/]+")}$`);
}

function sendError(error: WeirError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (refusals.has(error.code)) request.report.refusal = error.code;
  const dialect = request.dialect ?? request.routeOptions.config.dialect ?? guessDialect(request);
  const { status, body } = encodeErrorIn(dialect, withNextStep(error), request.id);
  if (error.retryAfterMs !== undefined) {
    const retryAfterMs = Math.max(1, Math.ceil(error.retryAfterMs));
    reply.header("retry-after-ms", retryAfterMs);
    reply.header("retry-after", Math.ceil(retryAfterMs / 1_000));
  }
  // The SDKs retry every 5xx unless told otherwise.
  reply.header("x-should-retry", String(error.retryable));
  return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
}

/**
 * Of a path that no dialect has here: `/api/` is where Ollama's clients ask, who know no other envelope, and Anthropic's always
 * name their version.
 */
function guessDialect({ url, headers }: FastifyRequest): EnvelopeName {
  if (headers["anthropic-version"] !== undefined) return "anthropic";
  return url.startsWith("/api/") ? "ollama" : "openai";
}

/** What a client may know of an error. */
export function toClientError(error: FastifyError | WeirError): WeirError {
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (!(error instanceof WeirError) && status !== undefined && status < 500) {
    return new WeirError("INVALID_REQUEST", error.message, { cause: error });
  }
  const known = toWeirError(error);
  // The original message of a defect stays in the log: it may hold paths and other things that are not the client's.
  return known.code === "INTERNAL"
    ? new WeirError("INTERNAL", "an internal error occurred", { cause: error })
    : known;
}
