import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import type { Connection, ConnectionListener, ConnectionOptions } from "./connection.ts";
import type { HttpTarget } from "./http-target.ts";
import { toHttp2Request } from "./http2-request.ts";
import { ResponseHead } from "./response-head.ts";
import { toSocketOptions, toTlsOptions } from "./socket-options.ts";
import { writeStreamedBody, type StreamedBody } from "./streamed-body.ts";
import { describeError, toConnectFailure, type TransportFailureKind } from "./transport-failure.ts";

type ConnectionState = "connecting" | "idle" | "busy" | "closed";

/**
 * One HTTP/2 connection on `node:http2`, with one stream at a time so that its clocks mean the same as those of
 * HTTP/1.1. Its bytes pass through Node's own framing before they are timed.
 */
export class Http2Connection implements Connection {
  readonly #target: HttpTarget;
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #session: http2.ClientHttp2Session;
  readonly #socket: net.Socket;
  readonly #head = new ResponseHead();
  #state: ConnectionState = "connecting";
  #timer: NodeJS.Timeout | undefined;
  #stream: http2.ClientHttp2Stream | undefined;
  #sending: AbortController | undefined;
  #sentAtMs = 0;
  #hasHead = false;

  constructor(target: HttpTarget, options: ConnectionOptions, listener: ConnectionListener) {
    this.#target = target;
    this.#options = options;
    this.#listener = listener;
    const socket: net.Socket = target.secure
      ? tls.connect({ ...toSocketOptions(target), ...toTlsOptions(target, options), ALPNProtocols: ["h2"] })
      : net.connect(toSocketOptions(target));
    this.#socket = socket;
    this.#session = http2.connect(`${target.secure ? "https" : "http"}://${target.authority}`, {
      createConnection: () => socket,
    });
    // Our settings have been answered: this peer speaks HTTP/2 indeed.
    this.#session.once("remoteSettings", () => this.#onConnected());
    this.#session.on("error", (error) => this.#onError(error));
    this.#session.once("goaway", () => this.#onGoAway());
    this.#session.once("close", () => this.#onClosed());
    this.#timer = setTimeout(() => {
      this.#fail(
        "connect-timeout",
        `${target.url} did not accept an HTTP/2 connection within ${options.connectTimeoutMs} ms`,
      );
    }, options.connectTimeoutMs);
  }

  get isIdle(): boolean {
    return this.#state === "idle";
  }

  send(request: Uint8Array, body?: StreamedBody): number {
    this.#state = "busy";
    this.#hasHead = false;
    const { headers, body: content } = toHttp2Request(request, this.#target.secure);
    const sentAtMs = performance.now();
    this.#sentAtMs = sentAtMs;
    this.#startTimer();
    const hasBody = body !== undefined || content.length > 0;
    let stream: http2.ClientHttp2Stream;
    try {
      stream = this.#session.request(headers, { endStream: !hasBody });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Not before the caller knows when it was sent.
      queueMicrotask(() => this.#fail("http2-failed", `the request cannot be sent over HTTP/2: ${reason}`));
      return sentAtMs;
    }
    this.#stream = stream;
    stream.once("response", (answer) => this.#onResponse(answer));
    stream.on("data", (bytes: Buffer) => {
      if (this.#stream === stream) this.#listener.onBody(bytes, 0, bytes.length, performance.now());
    });
    stream.on("error", (error) => this.#onStreamError(stream, error));
    stream.once("end", () => this.#onEnd(stream));
    stream.once("close", () => this.#onStreamClosed(stream));
    if (body !== undefined) void this.#sendBody(body, stream);
    else if (hasBody) stream.end(content);
    return sentAtMs;
  }

  close(): void {
    this.#state = "closed";
    this.#stream = undefined;
    clearTimeout(this.#timer);
    this.#sending?.abort();
    this.#session.destroy();
  }

  #onConnected(): void {
    if (this.#state !== "connecting") return;
    clearTimeout(this.#timer);
    this.#state = "idle";
    this.#listener.onOpen(performance.now());
  }

  #onResponse(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): void {
    if (this.#state !== "busy") return;
    const atMs = performance.now();
    this.#hasHead = true;
    clearTimeout(this.#timer);
    const { timeoutMs } = this.#options;
    this.#timer = setTimeout(
      () => this.#fail("timeout", `no whole answer within ${timeoutMs} ms`),
      this.#sentAtMs + timeoutMs - atMs,
    );
    const lines = Object.entries(headers)
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : value}\r\n`)
      .join("");
    const bytes = Buffer.from(lines, "latin1");
    this.#head.status = headers[":status"] ?? 0;
    this.#head.setLines(bytes, 0, bytes.length);
    this.#listener.onHead(this.#head, atMs);
  }

  #onEnd(stream: http2.ClientHttp2Stream): void {
    // A stream that was reset or lost its connection ends as well: its closing says so.
    if (this.#stream !== stream || !this.#hasHead || stream.aborted || (stream.rstCode ?? 0) !== 0) return;
    this.#stream = undefined;
    const atMs = performance.now();
    clearTimeout(this.#timer);
    if (this.#sending !== undefined || this.#session.closed || this.#session.destroyed) this.close();
    else this.#state = "idle";
    this.#listener.onEnd(atMs);
  }

  #onStreamError(stream: http2.ClientHttp2Stream, error: Error): void {
    if (this.#stream !== stream) return;
    if (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM)
      this.#fail("stream-refused", "the server refused the stream (REFUSED_STREAM)");
    else this.#fail("stream-reset", describeError(error));
  }

  // What is reset without an error, by CANCEL or by NO_ERROR, is only closed.
  #onStreamClosed(stream: http2.ClientHttp2Stream): void {
    if (this.#stream !== stream) return;
    this.#fail(
      this.#hasHead ? "closed-in-body" : "closed-before-answer",
      `the server ended the stream before the answer was whole (code ${stream.rstCode})`,
    );
  }

  // Servers that know no ALPN finish the handshake all the same.
  get #isWithoutAlpn(): boolean {
    return this.#socket instanceof tls.TLSSocket && this.#socket.alpnProtocol === false;
  }

  #onError(error: Error): void {
    if (this.#state === "closed") return;
    if (this.#state === "connecting" && this.#isWithoutAlpn) {
      this.#fail(
        "http2-failed",
        `${this.#target.url}: the server does not offer HTTP/2 over TLS: leave out --http2`,
      );
      return;
    }
    if (this.#state === "idle") {
      this.close();
      return;
    }
    if ((error as NodeJS.ErrnoException).code?.startsWith("ERR_HTTP2_") === true) {
      this.#fail(
        "http2-failed",
        `${this.#target.url} does not speak HTTP/2 (${describeError(error)}): leave out --http2`,
      );
      return;
    }
    const connecting = this.#state === "connecting";
    const failure = toConnectFailure(error, this.#target.url);
    this.#fail(
      connecting ? failure.kind : "connection-reset",
      connecting ? failure.message : describeError(error),
    );
  }

  // The server takes no further streams; the one in flight it still answers.
  #onGoAway(): void {
    if (this.#state === "idle") this.close();
  }

  #onClosed(): void {
    if (this.#state === "closed") return;
    if (this.#state === "idle") this.close();
    else if (this.#state === "connecting")
      this.#fail(
        "connect-failed",
        `${this.#target.url} closed the connection: it may not speak HTTP/2. Try without --http2.`,
      );
    else
      this.#fail(
        this.#hasHead ? "closed-in-body" : "closed-before-answer",
        "the server closed the connection before the answer was whole",
      );
  }

  async #sendBody(body: StreamedBody, stream: http2.ClientHttp2Stream): Promise<void> {
    const sending = new AbortController();
    this.#sending = sending;
    try {
      await writeStreamedBody(body, stream, sending.signal);
      this.#sending = undefined;
      stream.end();
    } catch (error) {
      if (sending.signal.aborted || this.#stream !== stream) return;
      this.#fail("request-body-failed", error instanceof Error ? error.message : String(error));
    }
  }

  #startTimer(): void {
    const { timeoutMs, firstByteTimeoutMs = Infinity } = this.#options;
    const first = firstByteTimeoutMs < timeoutMs;
    this.#timer = setTimeout(
      () => {
        if (first) this.#fail("first-byte-timeout", `no byte within ${firstByteTimeoutMs} ms`);
        else this.#fail("timeout", `no whole answer within ${timeoutMs} ms`);
      },
      Math.min(timeoutMs, firstByteTimeoutMs),
    );
  }

  #fail(kind: TransportFailureKind, message: string): void {
    if (this.#state === "closed") return;
    this.close();
    this.#listener.onFailure({ kind, message }, performance.now());
  }
}
