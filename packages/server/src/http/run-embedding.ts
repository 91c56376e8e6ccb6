import { countInputs, truncatedInputsHeader, WeirError, type EmbeddingRequest } from "@weir/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { cacheHeader, cacheHitsHeader, toCacheStatus } from "../cache/cache-counts.ts";
import type { QueuedResult } from "../models/queued-backend.ts";
import { readJobTerms } from "./job-terms.ts";
import { assertServing, type Service } from "./service.ts";

/**
 * Runs one embedding job for a request, whatever its dialect, and notes what became known of it. Throws what admission
 * and the model do, TOO_MANY_INPUTS, and INVALID_REQUEST for terms in headers that cannot be read.
 */
export async function runEmbedding(
  service: Service,
  asked: EmbeddingRequest,
  { request, reply, signal }: { request: FastifyRequest; reply: FastifyReply; signal: AbortSignal },
): Promise<QueuedResult> {
  const { report } = request;
  const terms = readJobTerms(request);
  const count = countInputs(asked.inputs);
  report.inputs = count;
  if (count > service.limits.inputs) {
    const message = `expected at most ${service.limits.inputs} inputs in one request, got ${count}; split the list`;
    throw new WeirError("TOO_MANY_INPUTS", message);
  }
  assertServing(service);
  const model = service.registry.resolve("embed", asked.model);
  report.model = model.name;
  const result = await model.embed(asked, terms, signal);
  const { cache } = result;
  report.cache = cache;
  report.tokens = result.inputTokens;
  // Where nothing was computed, there is no time to tell and nothing to count.
  if (cache === undefined || cache.misses > 0) {
    report.queueMs = result.queueMs;
    report.tokenizeMs = result.tokenizeMs;
    report.inferMs = result.computeMs;
    report.batches = result.batches;
    report.paddedTokens = result.paddedTokens;
  }
  if (cache !== undefined) {
    reply.header(cacheHeader, toCacheStatus(cache));
    reply.header(cacheHitsHeader, cache.hits);
  }
  // Truncation is never silent: the count of cut inputs, on every answer that has some.
  if (result.truncated > 0) reply.header(truncatedInputsHeader, result.truncated);
  return result;
}

/** Writes an answer and notes how long that took. */
export function encodeTimed<T>({ report }: FastifyRequest, encode: () => T): T {
  const fromMs = performance.now();
  const encoded = encode();
  report.encodeMs = performance.now() - fromMs;
  return encoded;
}
