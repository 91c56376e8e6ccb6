import { STATUS_CODES, type ServerOptions } from "node:http";
import type { Socket } from "node:net";
import { createRequestId } from "../http/request-id.ts";

/** How long a client may take over its part of an exchange. All in milliseconds. */
export interface SocketTimeouts {
  /** From the connection, or a request's first byte, to the end of its headers; 408 then. @default 10000 */
  readonly headersMs: number;
  /** To the end of the whole request; 408 then. Raise it for large bodies over slow links. @default 60000 */
  readonly receiveMs: number;
  /** Without a byte of the answer taken by the client; the connection is cut then. @default 30000 */
  readonly sendMs: number;
  /** Between one request on a connection and the next. Above what a proxy before it uses. @default 72000 */
  readonly idleMs: number;
  /** Without anything new in a streamed answer; the client is told then that it goes on, within twice that. @default 5000 */
  readonly pingMs: number;
}

export const defaultSocketTimeouts: SocketTimeouts = {
  headersMs: 10_000,
  receiveMs: 60_000,
  sendMs: 30_000,
  idleMs: 72_000,
  pingMs: 5_000,
};

/** The part of fastify's options that bounds what slow clients hold. */
export interface SocketOptions {
  readonly keepAliveTimeout: number;
  readonly requestTimeout: number;
  readonly http: ServerOptions;
  readonly clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => void;
}

/** What to give `fastify()`, so that slow senders are cut off and dead peers noticed. */
export function toSocketOptions(timeouts: SocketTimeouts): SocketOptions {
  const { receiveMs, idleMs } = timeouts;
  // Headers are part of the request; Node starts no server that gives them longer.
  const headersMs = Math.min(timeouts.headersMs, receiveMs);
  return {
    keepAliveTimeout: idleMs,
    requestTimeout: receiveMs,
    http: {
      headersTimeout: headersMs,
      // Node would answer without a word; it is refused where Host is looked at.
      requireHostHeader: false,
      requestTimeout: receiveMs,
      // Node looks at its connections only so often, by default every 30 s.
      connectionsCheckingInterval: Math.ceil(Math.min(headersMs, receiveMs) / 4),
      // A peer that vanished without a word while its answer is computed is noticed by the system.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    clientErrorHandler: answerClientError,
  };
}

/** What was no request at all, or none in time, gets OpenAI's envelope, as unknown routes do. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const { status, code, message } = describeClientError(error.code);
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code } });
  const id = createRequestId();
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    `request-id: ${id}`,
    "x-should-retry: false",
    "connection: close",
  ];
  // Ends after the answer, and at once: a client that goes on sending is not listened to.
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy(error));
}

function describeClientError(code: string | undefined): { status: number; code: string; message: string } {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, code: "request_timeout", message: "the request did not arrive in time" };
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code: "headers_too_large", message: "the request's headers are too large" };
    default:
      return { status: 400, code: "invalid_http", message: "this is not a valid HTTP request" };
  }
}
