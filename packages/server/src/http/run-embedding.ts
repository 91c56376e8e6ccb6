import {
  countInputs,
  truncatedInputsHeader,
  WeirError,
  type EmbeddingDialectName,
  type EmbeddingRequest,
  type ModelRequest,
} from "@weir/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { cacheHeader, cacheHitsHeader, toCacheStatus } from "../cache/cache-counts.ts";
import type { JobTerms, QueuedAnswer, QueuedBackend, QueuedResult } from "../models/queued-backend.ts";
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
export function runEmbedding(
  service: Service,
  asked: EmbeddingRequest,
  exchange: JobExchange,
): Promise<QueuedResult> {
  return run(service, asked, exchange, (model, terms) => model.embed(asked, terms, exchange.signal));
}

/** The same, for work of any kind, of the first model that does it where none is named. */
export function runModel(
  service: Service,
  asked: ModelRequest,
  exchange: JobExchange,
): Promise<QueuedResult> {
  return run(service, asked, exchange, (model, terms) => model.compute(asked, terms, exchange.signal));
}

/** The same, for a request that came in a dialect: a remote server that is asked in it gets the bytes as they are. */
export function answerEmbedding(
  service: Service,
  asked: EmbeddingRequest,
  dialect: EmbeddingDialectName,
  exchange: JobExchange,
): Promise<QueuedAnswer> {
  return run(service, asked, exchange, (model, terms) => {
    const { request, signal } = exchange;
    const wire = { dialect, body: request.bodyBytes!, model: asked.model };
    // Let go of where they are not needed: texts wait in memory once, not twice.
    request.bodyBytes = undefined;
    return model.answer(asked, model.passes === dialect ? wire : undefined, terms, signal);
  });
}

async function run<Answer extends QueuedAnswer>(
  service: Service,
  asked: ModelRequest,
  { request, reply, keepAliveMs }: JobExchange,
  work: (model: QueuedBackend, terms: JobTerms) => Promise<Answer>,
): Promise<Answer> {
  const { report } = request;
  const terms = toTerms(service, request, keepAliveMs);
  const count = countInputs(asked.inputs);
  report.inputs = count;
  if (count > service.limits.inputs) {
    const message = `expected at most ${service.limits.inputs} inputs in one request, got ${count}; split the list`;
    throw new WeirError("TOO_MANY_INPUTS", message);
  }
  assertServing(service);
  const kind = asked.inputs.kind === "sequences" ? "rank" : "embed";
  const model = service.registry.resolve(kind, asked.model);
  report.model = model.name;
  const result = await work(model, terms);
  const cache = result.kind === "computed" ? result.cache : undefined;
  report.cache = cache;
  report.tokens = result.inputTokens || undefined;
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

/** What became of a model that a request was only to load or unload. */
export interface LoadOutcome {
  /** The model's name. */
  readonly name: string;
  readonly kind: "load" | "unload";
}

/**
 * Loads a model for a request that asks for nothing else, or unloads it where that is to stay loaded for no time. What
 * another server has loaded is not ours to unload: it stays, and the outcome says so. Throws as {@link runEmbedding}.
 */
export async function loadOrUnload(
  service: Service,
  asked: string | undefined,
  { request, signal, keepAliveMs }: JobExchange,
): Promise<LoadOutcome> {
  const terms = toTerms(service, request, keepAliveMs);
  request.report.inputs = 0;
  assertServing(service);
  const { registry } = service;
  const model = asked === undefined ? registry.resolve("embed", asked) : registry.get(asked);
  const { name, source } = model;
  request.report.model = name;
  if (keepAliveMs === 0 && source.kind === "replicas") {
    await model.unload();
    return { name, kind: "unload" };
  }
  await model.load(terms, signal);
  return { name, kind: "load" };
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
