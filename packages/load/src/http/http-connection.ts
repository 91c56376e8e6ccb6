import net from "node:net";
import tls from "node:tls";
import type { Connection, ConnectionListener, ConnectionOptions } from "./connection.ts";
import { describeMalformed } from "./describe-malformed.ts";
import type { HttpTarget } from "./http-target.ts";
import { idleLimitOf, type IdleLimit } from "./idle-limit.ts";
import { parseKeepAlive } from "./keep-alive.ts";
import { readBuffer } from "./read-buffer.ts";
import type { ResponseHead } from "./response-head.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";
import { toSocketOptions, toTlsOptions } from "./socket-options.ts";
import { writeStreamedBody, type StreamedBody } from "./streamed-body.ts";
import {
  malformedMessages,
  toConnectFailure,
  toExchangeFailure,
  type MalformedAnswerKind,
  type TransportFailureKind,
} from "./transport-failure.ts";

type ConnectionState = "connecting" | "idle" | "busy" | "closed";

// "HEAD": the answer to it has no body, whatever its length says.
const isHeadRequest = (request: Uint8Array): boolean => request[0] === 0x48 && request[1] === 0x45;

/** One keep-alive HTTP/1.1 connection on a socket of our own. */
export class HttpConnection implements Connection, ResponseSink {
  readonly #target: HttpTarget;
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #socket: net.Socket;
  readonly #parser: ResponseParser;
  #state: ConnectionState = "connecting";
  #timer: NodeJS.Timeout | undefined;
  #sending: AbortController | undefined;
  #sentAtMs = 0;
  #readAtMs = 0;
  // What a server says of its connections it says each time: the first answer is enough.
  #answers = 0;
  #restMs = Infinity;
  #restedMs = 0;
  readonly #idleLimit: IdleLimit;

  constructor(target: HttpTarget, options: ConnectionOptions, listener: ConnectionListener) {
    this.#target = target;
    this.#options = options;
    this.#listener = listener;
    this.#idleLimit = idleLimitOf(target);
    this.#parser = new ResponseParser(this);
    const socketOptions = {
      ...toSocketOptions(target),
      // Reads land in one block that is never copied or handed on: no garbage, however large the answers.
      onread: {
        buffer: readBuffer(),
        callback: (length: number, bytes: Uint8Array): boolean => this.#onRead(length, bytes),
      },
    };
    this.#socket = target.secure
      ? tls.connect({ ...socketOptions, ...toTlsOptions(target, options) })
      : net.connect(socketOptions);
    this.#socket.once(target.secure ? "secureConnect" : "connect", () => this.#onConnected());
    this.#socket.on("error", (error) => this.#onError(error));
    this.#socket.once("end", () => this.#onClosed());
    this.#socket.once("close", () => this.#onClosed());
    this.#timer = setTimeout(() => this.#onConnectTimeout(), options.connectTimeoutMs);
  }

  get isIdle(): boolean {
    if (this.#state !== "idle") return false;
    // What the server says of it counts before what its closes tell.
    const mostMs = this.#restMs === Infinity ? this.#idleLimit.ms : this.#restMs;
    return mostMs === Infinity || performance.now() - this.#readAtMs < mostMs;
  }

  send(request: Uint8Array, body?: StreamedBody): number {
    this.#state = "busy";
    this.#parser.begin(isHeadRequest(request));
    const sentAtMs = performance.now();
    this.#sentAtMs = sentAtMs;
    this.#restedMs = sentAtMs - this.#readAtMs;
    this.#timer ??= this.#startTimer(this.#shortestWaitMs());
    this.#socket.write(request);
    if (body !== undefined) void this.#sendBody(body);
    return sentAtMs;
  }

  close(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#sending?.abort();
    this.#socket.destroy();
  }

  onHead(head: ResponseHead): void {
    if (this.#answers === 0) this.#restMs = parseKeepAlive(head.find("keep-alive"));
    this.#answers += 1;
    this.#listener.onHead(head, this.#readAtMs);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    // The listener may have closed this connection in the middle of what was read.
    if (this.#state === "busy") this.#listener.onBody(bytes, start, end, this.#readAtMs);
  }

  onEnd(reusable: boolean): void {
    if (this.#state !== "busy") return;
    // An answer that came before its request was written whole leaves the connection in doubt.
    if (reusable && this.#sending === undefined && this.#socket.writableLength === 0) this.#state = "idle";
    else this.close();
    this.#listener.onEnd(this.#readAtMs);
  }

  get #isClosed(): boolean {
    return this.#state === "closed";
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
      if (malformed !== undefined && !this.#isClosed)
        this.#fail(malformed, describeMalformed(malformed, bytes, length));
    } else if (this.#state === "idle" && !this.#parser.passesIdle(bytes, length)) {
      // Nobody asked for these bytes: whatever they are, this connection's framing is no longer to be trusted.
      this.close();
    }
    return true;
  }

  #onClosed(): void {
    if (this.#state === "closed") return;
    const restedMs = this.#whenUnanswered();
    const now = performance.now();
    if (this.#state === "busy") {
      this.#readAtMs = now;
      const missing = this.#parser.close();
      if (missing !== undefined) this.#fail(missing, this.#describeClose(missing), restedMs);
    } else if (this.#state === "connecting") {
      this.#readAtMs = now;
      this.#fail("connect-failed", `${this.#target.url} closed the connection before it was usable`);
    } else {
      if (this.#answers > 0) this.#idleLimit.note(now - this.#readAtMs);
      this.close();
    }
  }

  /** How long this connection had rested before the request that it has not answered with a single byte. */
  #whenUnanswered(): number | undefined {
    const silent = this.#state === "busy" && this.#answers > 0 && this.#readAtMs <= this.#sentAtMs;
    if (!silent) return undefined;
    this.#idleLimit.note(this.#restedMs);
    return this.#restedMs;
  }

  #describeClose(missing: MalformedAnswerKind | "closed-before-answer"): string {
    const message = malformedMessages[missing];
    if (missing !== "closed-before-answer") return message;
    if (this.#answers > 0)
      return `${message}, on a connection that had answered before: it may have closed it as idle just then`;
    return this.#target.secure ? message : `${message}; where this port speaks TLS, use https:// in the URL`;
  }

  #onError(error: Error): void {
    if (this.#state === "closed") return;
    const restedMs = this.#whenUnanswered();
    this.#readAtMs = performance.now();
    if (this.#state === "idle") {
      this.close();
      return;
    }
    const failure =
      this.#state === "connecting"
        ? toConnectFailure(firstOf(error), this.#target.url)
        : toExchangeFailure(error);
    this.#fail(failure.kind, failure.message, restedMs);
  }

  #onConnectTimeout(): void {
    this.#readAtMs = performance.now();
    this.#fail(
      "connect-timeout",
      `${this.#target.url} did not accept a connection within ${this.#options.connectTimeoutMs} ms`,
    );
  }

  async #sendBody(body: StreamedBody): Promise<void> {
    const sending = new AbortController();
    this.#sending = sending;
    try {
      await writeStreamedBody(body, this.#socket, sending.signal);
      this.#sending = undefined;
    } catch (error) {
      if (sending.signal.aborted) return;
      this.#readAtMs = performance.now();
      this.#fail("request-body-failed", error instanceof Error ? error.message : String(error));
    }
  }

  #shortestWaitMs(): number {
    return Math.min(this.#options.timeoutMs, this.#options.firstByteTimeoutMs ?? Infinity);
  }

  // One timer lives as long as the connection and looks at the request of the moment when it fires: a timer for
  // every request would cost more than parsing its answer.
  #startTimer(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      if (this.#state !== "busy") return;
      const now = performance.now();
      const answered = this.#readAtMs > this.#sentAtMs;
      const waitMs = answered ? this.#options.timeoutMs : this.#shortestWaitMs();
      const leftMs = this.#sentAtMs + waitMs - now;
      if (leftMs > 0.5) {
        this.#timer = this.#startTimer(Math.min(leftMs, this.#shortestWaitMs()));
        return;
      }
      this.#readAtMs = now;
      if (waitMs < this.#options.timeoutMs) this.#fail("first-byte-timeout", `no byte within ${waitMs} ms`);
      else this.#fail("timeout", `no whole answer within ${waitMs} ms`);
    }, delayMs);
  }

  #fail(kind: TransportFailureKind, message: string, restedMs?: number): void {
    this.close();
    this.#listener.onFailure({ kind, message, restedMs }, this.#readAtMs);
  }
}

// A name with several addresses fails with all their errors in one.
function firstOf(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}
