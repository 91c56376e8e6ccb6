import { countInputs, truncatedInputsHeader, WeirError, type EmbeddingRequest } from "@weir/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { JobTerms, QueuedResult } from "../models/queued-backend.ts";
import { readJobTerms } from "./job-terms.ts";
import { assertServing, type Service } from "./service.ts";

/** The request that a job is of, the answer to it, and what fires when its client goes away. */
export interface JobExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
  /** How long the client wants the model to stay loaded; see `JobTerms`. */
  readonly keepAliveMs?: number | undefined;
}

/**
 * Runs one embedding job for a request, whatever its dialect, and notes what became known of it. Throws what admission
 * and the model do, TOO_MANY_INPUTS, and INVALID_REQUEST for terms in headers that cannot be read.
 */
export async function runEmbedding(
  service: Service,
  asked: EmbeddingRequest,
  { request, reply, signal, keepAliveMs }: JobExchange,
): Promise<QueuedResult> {
  const { report } = request;
  const terms = toTerms(service, request, keepAliveMs);
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
  report.queueMs = result.queueMs;
  report.tokenizeMs = result.tokenizeMs;
  report.inferMs = result.computeMs;
  report.tokens = result.inputTokens;
  report.batches = result.batches;
  report.paddedTokens = result.paddedTokens;
  // Truncation is never silent: the count of cut inputs, on every answer that has some.
  if (result.truncated > 0) reply.header(truncatedInputsHeader, result.truncated);
  return result;
}

/**
 * Loads a model for a request that asks for nothing else, or unloads it where that is to stay loaded for no time. Resolves
 * with the model's name. Throws as {@link runEmbedding}.
 */
export async function loadOrUnload(
  service: Service,
  asked: string | undefined,
  { request, signal, keepAliveMs }: JobExchange,
): Promise<string> {
  const terms = toTerms(service, request, keepAliveMs);
  request.report.inputs = 0;
  assertServing(service);
  const model = service.registry.resolve("embed", asked);
  request.report.model = model.name;
  await (keepAliveMs === 0 ? model.unload() : model.load(terms, signal));
  return model.name;
}

function toTerms({ limits }: Service, request: FastifyRequest, keepAliveMs: number | undefined): JobTerms {
  const terms = readJobTerms(request, limits.requestTimeoutMs);
  return keepAliveMs === undefined ? terms : { ...terms, keepAliveMs };
}

/** Writes an answer and notes how long that took. */
export function encodeTimed<T>({ report }: FastifyRequest, encode: () => T): T {
  const fromMs = performance.now();
  const encoded = encode();
  report.encodeMs = performance.now() - fromMs;
  return encoded;
}
