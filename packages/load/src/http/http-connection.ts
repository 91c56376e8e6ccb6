import net from "node:net";
import tls from "node:tls";
import type { HttpTarget } from "./http-target.ts";
import { readBuffer } from "./read-buffer.ts";
import type { ResponseHead } from "./response-head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";
import {
  malformedMessages,
  toConnectFailure,
  toExchangeFailure,
  type MalformedAnswerKind,
  type TransportFailure,
  type TransportFailureKind,
} from "./transport-failure.ts";

/**
 * What a connection tells its owner. Times are `performance.now()` of the socket callback that delivered the bytes,
 * taken before they were parsed.
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

export interface ConnectionOptions {
  /** Longest wait for a connection, handshake included, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest wait for a whole answer from the moment the request was handed to the socket, in milliseconds. */
  readonly timeoutMs: number;
  /** Certificate to trust beside none of the usual ones, PEM. @default the certificate authorities Node ships */
  readonly ca?: string;
}

type ConnectionState = "connecting" | "idle" | "busy" | "closed";

/** One keep-alive connection with at most one request in flight. Made connecting; never reconnects by itself. */
export class HttpConnection implements ResponseSink {
  readonly #target: HttpTarget;
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #socket: net.Socket;
  readonly #parser: ResponseParser;
  #state: ConnectionState = "connecting";
  #timer: NodeJS.Timeout | undefined;
  #sentAtMs = 0;
  #readAtMs = 0;

  constructor(target: HttpTarget, options: ConnectionOptions, listener: ConnectionListener) {
    this.#target = target;
    this.#options = options;
    this.#listener = listener;
    this.#parser = new ResponseParser(this);
    const socketOptions = {
      host: target.host,
      port: target.port,
      noDelay: true,
      // Reads land in one block that is never copied or handed on: no garbage, however large the answers.
      onread: {
        buffer: readBuffer(),
        callback: (length: number, bytes: Uint8Array): boolean => this.#onRead(length, bytes),
      },
    };
    this.#socket = target.secure
      ? tls.connect({
          ...socketOptions,
          ...(net.isIP(target.host) === 0 && { servername: target.host }),
          ...(options.ca !== undefined && { ca: options.ca }),
        })
      : net.connect(socketOptions);
    this.#socket.once(target.secure ? "secureConnect" : "connect", () => this.#onConnected());
    this.#socket.on("error", (error) => this.#onError(error));
    this.#socket.once("end", () => this.#onClosed());
    this.#socket.once("close", () => this.#onClosed());
    this.#timer = setTimeout(() => this.#onConnectTimeout(), options.connectTimeoutMs);
  }

  /** Whether a request may be sent. */
  get isIdle(): boolean {
    return this.#state === "idle";
  }

  /**
   * Hands a whole request to the socket and returns when that was. The bytes must not change until the exchange has
   * ended. Only when {@link HttpConnection.isIdle}.
   */
  send(request: Uint8Array): number {
    this.#state = "busy";
    this.#parser.begin();
    const sentAtMs = performance.now();
    this.#sentAtMs = sentAtMs;
    this.#timer ??= this.#startTimer(this.#options.timeoutMs);
    this.#socket.write(request);
    return sentAtMs;
  }

  /** Closes at once, telling the listener nothing. */
  close(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  onHead(head: ResponseHead): void {
    this.#listener.onHead(head, this.#readAtMs);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.#listener.onBody(bytes, start, end, this.#readAtMs);
  }

  onEnd(reusable: boolean): void {
    // An answer that came before its request was written whole leaves the connection in doubt.
    if (reusable && this.#socket.writableLength === 0) this.#state = "idle";
    else this.close();
    this.#listener.onEnd(this.#readAtMs);
  }

  #onConnected(): void {
    if (this.#state !== "connecting") return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = "idle";
    this.#listener.onOpen(performance.now());
  }

  #onRead(length: number, bytes: Uint8Array): boolean {
    this.#readAtMs = performance.now();
    if (this.#state === "busy") {
      const malformed = this.#parser.feed(bytes, length);
      if (malformed !== undefined) this.#fail(malformed, describeMalformed(malformed, bytes, length));
    } else if (this.#state === "idle") {
      // Nobody asked for these bytes: whatever they are, this connection's framing is no longer to be trusted.
      this.close();
    }
    return true;
  }

  #onClosed(): void {
    if (this.#state === "closed") return;
    this.#readAtMs = performance.now();
    if (this.#state === "busy") {
      const missing = this.#parser.close();
      if (missing !== undefined) this.#fail(missing, malformedMessages[missing]);
    } else if (this.#state === "connecting") {
      this.#fail("connect-failed", `${this.#target.url} closed the connection before it was usable`);
    } else this.close();
  }

  #onError(error: Error): void {
    if (this.#state === "closed") return;
    this.#readAtMs = performance.now();
    if (this.#state === "idle") {
      this.close();
      return;
    }
    const failure =
      this.#state === "connecting"
        ? toConnectFailure(firstOf(error), this.#target.url)
        : toExchangeFailure(error);
    this.#fail(failure.kind, failure.message);
  }

  #onConnectTimeout(): void {
    this.#readAtMs = performance.now();
    this.#fail(
      "connect-timeout",
      `${this.#target.url} did not accept a connection within ${this.#options.connectTimeoutMs} ms`,
    );
  }

  // One timer lives as long as the connection and looks at the request of the moment when it fires: a timer for
  // every request would cost more than parsing its answer.
  #startTimer(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      if (this.#state !== "busy") return;
      const now = performance.now();
      const leftMs = this.#sentAtMs + this.#options.timeoutMs - now;
      if (leftMs > 0.5) {
        this.#timer = this.#startTimer(leftMs);
        return;
      }
      this.#readAtMs = now;
      this.#fail("timeout", `no whole answer within ${this.#options.timeoutMs} ms`);
    }, delayMs);
  }

  #fail(kind: TransportFailureKind, message: string): void {
    this.close();
    this.#listener.onFailure({ kind, message }, this.#readAtMs);
  }
}

// A name with several addresses fails with all their errors in one.
function firstOf(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}

// Shows what came where that tells more than its fault: the greeting of another protocol, a web page without a head.
function describeMalformed(kind: MalformedAnswerKind, bytes: Uint8Array, length: number): string {
  if (kind !== "malformed-status-line") return malformedMessages[kind];
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, 40)).toString("latin1");
  return `${malformedMessages[kind]} (it begins with ${JSON.stringify(start)})`;
}
