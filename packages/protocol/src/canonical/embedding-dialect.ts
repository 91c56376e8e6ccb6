import type { EmbeddingRequest, EmbeddingResult, VectorBlock } from "./embedding.ts";
import type { WeirError } from "./weir-error.ts";

export type EmbeddingDialectName = "openai" | "sidecar" | "tei" | "ollama";

/** How numbers of a vector cross the wire: JSON numbers, or base64 of little-endian float32. */
export type VectorEncoding = "float" | "base64";

/** A request read from the wire: the canonical part, and how the client wants the answer written. */
export interface ParsedEmbeddingRequest {
  readonly request: EmbeddingRequest;
  readonly encoding: VectorEncoding;
}

export interface ReceivedEmbeddings {
  readonly vectors: VectorBlock;
  /** The server's own count, where the dialect has one. */
  readonly inputTokens: number | undefined;
  /** How many inputs the server says it cut; undefined where it does not say. */
  readonly truncated: number | undefined;
}

export interface EncodedError {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One HTTP embedding API, both ends of it. Pure: bytes and objects in, objects and bytes out. */
export interface EmbeddingDialect {
  readonly name: EmbeddingDialectName;
  /** Where requests are posted, e.g. `/v1/embeddings`. */
  readonly path: string;
  /** Server side: reads a parsed JSON body. Throws a WeirError that names the field. Unknown fields are ignored. */
  parseRequest(body: unknown): ParsedEmbeddingRequest;
  /** Server side: a whole response body, UTF-8 JSON. */
  encodeResponse(result: EmbeddingResult, encoding: VectorEncoding): Uint8Array;
  /** Server side: the dialect's own envelope. */
  encodeError(error: WeirError, requestId: string): EncodedError;
  /** Client side: a whole request body, UTF-8 JSON. Throws where the dialect cannot say what is asked. */
  encodeRequest(request: EmbeddingRequest, encoding: VectorEncoding): Uint8Array;
  /** Client side: reads a response body of status 200. Throws TARGET_ANSWER_INVALID with what was wrong. */
  parseResponse(body: Uint8Array): ReceivedEmbeddings;
  /** Client side: the message in an error body, or undefined if it is not one of this dialect. */
  parseError(body: Uint8Array): string | undefined;
}
