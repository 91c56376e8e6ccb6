import type { EmbeddingRequest, EmbeddingResult, VectorBlock } from "./embedding.ts";
import type { WeirError } from "./weir-error.ts";

export type EmbeddingDialectName = "openai" | "sidecar" | "tei" | "ollama";

/** How numbers of a vector cross the wire: JSON numbers, or base64 of little-endian float32. */
export type VectorEncoding = "float" | "base64";

/** A request read from the wire: the canonical part, and how the client wants the answer written. */
export interface ParsedEmbeddingRequest {
  readonly request: EmbeddingRequest;
  readonly encoding: VectorEncoding;
  /**
   * How long the model is to stay loaded after its last request from now on, in milliseconds, Infinity for ever; left out
   * where the client says nothing of it.
   */
  readonly keepAliveMs?: number;
}

export interface ReceivedEmbeddings {
  readonly vectors: VectorBlock;
  /** The server's own count, where the dialect has one. */
  readonly inputTokens: number | undefined;
  /** How many inputs the server says it cut; undefined where it does not say. */
  readonly truncated: number | undefined;
}

/** What the server measured about one request, for dialects whose answers say so. */
export interface AnswerTiming {
  /** From the request's arrival to its answer. */
  readonly totalMs: number;
  /** The part of it that went into loading the model; 0 where it was loaded already. */
  readonly loadMs: number;
}

export interface EncodedError {
  /** The code's status in the table, or the dialect's own where its clients act on that. */
  readonly status: number;
  /** A JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One HTTP embedding API, both ends of it. Pure: bytes and objects in, objects and bytes out. */
export interface EmbeddingDialect {
  readonly name: EmbeddingDialectName;
  /** Where requests are posted, e.g. `/v1/embeddings`. */
  readonly path: string;
  /**
   * Server side: reads a parsed JSON body. Throws INVALID_REQUEST or EMPTY_INPUT with the field's name. Unknown fields
   * are ignored, and null in an optional field counts as absent. `truncate: false` is honoured in every dialect, also
   * in those whose original has no such field; absent means true. Where a dialect has requests without inputs, which
   * only load or unload a model, their list of texts is empty.
   */
  parseRequest(body: unknown): ParsedEmbeddingRequest;
  /**
   * Server side: a whole response body, UTF-8 JSON. `encoding` is what {@link parseRequest} gave. Throws ENGINE_FAILED
   * where a value is not finite.
   */
  encodeResponse(result: EmbeddingResult, encoding: VectorEncoding, timing?: AnswerTiming): Uint8Array;
  /** Server side: the dialect's own envelope. */
  encodeError(error: WeirError, requestId: string): EncodedError;
  /**
   * Client side: a whole request body, UTF-8 JSON. Throws INVALID_REQUEST where the dialect cannot say what is asked.
   * Dialects without a model field serve one model, so the model's name is dropped there.
   */
  encodeRequest(request: EmbeddingRequest, encoding: VectorEncoding): Uint8Array;
  /**
   * Client side: reads a response body of status 200, at least one vector. Throws TARGET_ANSWER_INVALID with what was
   * wrong. Whether there is a vector for each input is the caller's to check.
   */
  parseResponse(body: Uint8Array): ReceivedEmbeddings;
  /** Client side: the message in an error body, or undefined if it is not one of this dialect. */
  parseError(body: Uint8Array): string | undefined;
}
