import type { ChatEvent, ChatRequest, ChatResult } from "./chat.ts";
import type { EncodedError } from "./embedding-dialect.ts";
import type { WeirError } from "./weir-error.ts";

export type ChatDialectName = "openai" | "anthropic" | "ollama" | "ollama-generate";

/** How the client wants the answer: in one piece, or as a stream. */
export type ChatDelivery =
  | { readonly kind: "whole" }
  /** `usage` says whether the stream shall end with the token counts, where the dialect leaves that open. */
  | { readonly kind: "stream"; readonly usage: boolean };

export interface ParsedChatRequest {
  readonly request: ChatRequest;
  readonly delivery: ChatDelivery;
}

/** What is known of an answer before its first token. */
export interface ChatAnswerHead {
  /** Unique, without a prefix: each dialect adds its own. */
  readonly id: string;
  /** The name the model is served under. */
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
}

export interface ChatStreamOptions {
  /** End with the token counts, where the dialect leaves that open. */
  readonly usage: boolean;
  /**
   * Open an OpenAI stream with a delta of nothing but the role, as OpenAI does. False puts the role into the first
   * delta with content. @default true
   */
  readonly roleOnlyDelta?: boolean;
  /** Wall clock in milliseconds since 1970, for dialects that date every line. @default the head's createdAtMs */
  readonly nowMs?: () => number;
}

/** Writes one answer as a stream. Every frame is whole; one that has nothing to say yet is empty. */
export interface ChatStreamEncoder {
  /** What is sent before the first token, e.g. the role-only delta. Call it once, first. */
  open(): Uint8Array;
  /** The frames of an event. `finish` ends the stream, its terminator included. */
  encode(event: ChatEvent): Uint8Array;
  /** A frame that says nothing, for connections on which nothing else comes for a while. To be called after {@link open}. */
  ping(): Uint8Array;
  /** The frame that ends a stream which fails midway. */
  fail(error: WeirError, requestId: string): Uint8Array;
}

/** Reads one streamed answer from its bytes as they come, cut anywhere. */
export interface ChatStreamDecoder {
  /**
   * The events that these bytes complete; `finish` is the last that there ever is. Throws what the server ended its answer
   * with, and TARGET_ANSWER_INVALID for what is no answer. Where bytes hold events and then a failure, the events are
   * given, `failure` is set, and the next call throws it.
   */
  push(bytes: Uint8Array): readonly ChatEvent[];
  /** To be called when the stream has ended. Throws TARGET_ANSWER_INVALID where that was before the answer's end. */
  end(): readonly ChatEvent[];
  /** Why the answer failed. Look at it after each call, rather than to wait for more bytes. */
  readonly failure: WeirError | undefined;
}

/** One HTTP chat API. Pure: bytes and objects in, objects and bytes out. */
export interface ChatDialect {
  readonly name: ChatDialectName;
  /** Where requests are posted, e.g. `/v1/chat/completions`. */
  readonly path: string;
  /** Content type of a streamed answer. */
  readonly streamType: string;
  /**
   * Server side: reads a parsed JSON body. Throws INVALID_REQUEST with the field's name. Unknown fields are ignored,
   * and null in an optional field counts as absent.
   */
  parseRequest(body: unknown): ParsedChatRequest;
  /** Server side: a whole answer, UTF-8 JSON. */
  encodeResponse(result: ChatResult, head: ChatAnswerHead): Uint8Array;
  /** Server side: a streamed answer. */
  createStreamEncoder(head: ChatAnswerHead, options: ChatStreamOptions): ChatStreamEncoder;
  /** Server side: the dialect's own envelope. */
  encodeError(error: WeirError, requestId: string): EncodedError;
  /** Client side: a whole request body, UTF-8 JSON. Throws INVALID_REQUEST where the dialect cannot say it. */
  encodeRequest(request: ChatRequest, delivery: ChatDelivery): Uint8Array;
  /** Client side: a whole answer. Throws as a stream's decoder does. */
  parseResponse(body: Uint8Array): ChatResult;
  /** Client side: a streamed answer. */
  createStreamDecoder(): ChatStreamDecoder;
  /** Client side: the message in an error's envelope, of this dialect or another; undefined where there is none. */
  parseError(body: Uint8Array): string | undefined;
}

/** The part of a dialect that a server needs. */
export type ServedChatDialect = Pick<
  ChatDialect,
  "name" | "path" | "streamType" | "parseRequest" | "encodeResponse" | "createStreamEncoder" | "encodeError"
>;
