import type { ResponseHead } from "./response-head.ts";
import type { StreamedBody } from "./streamed-body.ts";
import type { TransportFailure } from "./transport-failure.ts";

/**
 * What a connection tells its owner. Times are `performance.now()` of the callback that delivered the bytes: over
 * HTTP/1.1 that is the socket's own, taken before they were parsed; over HTTP/2 it is the stream's.
 */
export interface ConnectionListener {
  /** Connected (and, for https, past the handshake). */
  onOpen(atMs: number): void;
  /** The final answer's head; valid during the call. */
  onHead(head: ResponseHead, atMs: number): void;
  /** Bytes of the body; valid during the call. */
  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void;
  /** The answer is whole. The connection may be given the next request in this call, if it `isIdle`. */
  onEnd(atMs: number): void;
  /** Connecting or the exchange failed; the connection is closed. */
  onFailure(failure: TransportFailure, atMs: number): void;
}

/** Which HTTP is spoken. `2` is HTTP/2 from the first byte: by ALPN over TLS, by prior knowledge without it. */
export type HttpVersion = "1.1" | "2";

export interface ConnectionOptions {
  /** Longest wait for a connection, handshake included, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest wait for the first byte of an answer, in milliseconds. @default none beside `timeoutMs` */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Longest wait for a whole answer from the moment the request was handed to the socket, in milliseconds. */
  readonly timeoutMs: number;
  /** Certificates to trust in place of the usual ones, PEM. @default the certificate authorities Node ships */
  readonly ca?: string | undefined;
  /** Takes any certificate, whoever it names. @default false */
  readonly insecure?: boolean | undefined;
  /** @default "1.1" */
  readonly httpVersion?: HttpVersion | undefined;
}

/** One connection with at most one request in flight. Made connecting; never reconnects by itself. */
export interface Connection {
  /** Whether a request may be sent. */
  readonly isIdle: boolean;
  /**
   * Hands a request to the socket and returns when that was. Only when `isIdle`.
   * @param request head and body as `encodeRequest` makes them, or the head alone where `body` follows from files; the
   * bytes must not change until the exchange has ended
   */
  send(request: Uint8Array, body?: StreamedBody): number;
  /** Closes at once, telling the listener nothing. */
  close(): void;
}
