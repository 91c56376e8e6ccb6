import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WeirError } from "@weir/protocol";
import type { ApiKeyRecord } from "./api-key.ts";

const windowMs = 60_000;

/** Most keys whose counts are kept; beyond it the one unused for longest is forgotten. */
const countedKeys = 10_000;

/** Counts one request of a key; throws RATE_LIMITED with the time until the key's next window. */
export type CountRequest = (key: ApiKeyRecord, request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** The requests of each key in fixed windows of one minute, as `limits.requestsPerMinute` of the key bounds them. */
export async function createRateLimit(app: FastifyInstance): Promise<CountRequest> {
  await app.register(rateLimit, { global: false, cache: countedKeys });
  const count = app.createRateLimit({
    max: (request) => request.apiKey?.limits?.requestsPerMinute ?? Number.MAX_SAFE_INTEGER,
    timeWindow: windowMs,
    keyGenerator: (request) => request.apiKey?.id ?? "",
  });
  return async (key, request, reply) => {
    const most = key.limits?.requestsPerMinute;
    if (most === undefined) return;
    const counted = await count(request);
    if (counted.isAllowed) return;
    reply.header("x-ratelimit-limit", counted.max);
    reply.header("x-ratelimit-remaining", counted.remaining);
    reply.header("x-ratelimit-reset", counted.ttlInSeconds);
    if (!counted.isExceeded) return;
    const message = `this key may send ${most} requests a minute and has sent them; the next minute begins in ${counted.ttlInSeconds} s`;
    throw new WeirError("RATE_LIMITED", message, { retryAfterMs: counted.ttl });
  };
}
