import type { Connection, ConnectionListener, ConnectionOptions } from "./connection.ts";
import { encodeRequest, type RequestParts } from "./encode-request.ts";
import { parseHttpTarget } from "./http-target.ts";
import { openConnection } from "./open-connection.ts";
import type { ResponseHead } from "./response-head.ts";
import type { TransportFailure, TransportFailureKind } from "./transport-failure.ts";

export interface AskOptions extends ConnectionOptions {
  /** Ends the exchange; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Longest body that is read; a longer one is a failure. @default 16 MiB */
  readonly mostBytes?: number | undefined;
  /** Names of headers of the answer that are wanted, in lower case. @default none */
  readonly headerNames?: readonly string[] | undefined;
}

/** What one request came to. */
export type Asked =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** Those that were wanted and that it has. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      readonly tookMs: number;
    }
  | {
      readonly kind: "failed";
      readonly failure: TransportFailureKind | "answer-too-large";
      readonly message: string;
    };

const defaultMostBytes = 16 * 1024 * 1024;

/**
 * One request on a connection of its own, as the load will send them: the same certificates, Unix socket and version of
 * HTTP. Throws USAGE where the URL or a header is none.
 */
export async function askOnce(url: string, parts: RequestParts, options: AskOptions): Promise<Asked> {
  const target = parseHttpTarget(url);
  const request = encodeRequest(target, parts);
  const { signal } = options;
  signal?.throwIfAborted();
  return await new Promise<Asked>((resolve, reject) => {
    const exchange = new Exchange(request, options, (asked) => {
      connection.close();
      signal?.removeEventListener("abort", onAbort);
      resolve(asked);
    });
    const connection = openConnection(target, options, exchange);
    exchange.connection = connection;
    const onAbort = (): void => {
      connection.close();
      reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

class Exchange implements ConnectionListener {
  connection: Connection | undefined;
  readonly #request: Uint8Array;
  readonly #mostBytes: number;
  readonly #headerNames: readonly string[];
  readonly #onDone: (asked: Asked) => void;
  readonly #headers: Record<string, string> = {};
  readonly #body: Buffer[] = [];
  readonly #startedAtMs: number = performance.now();
  #bytes = 0;
  #status = 0;

  constructor(
    request: Uint8Array,
    { mostBytes = defaultMostBytes, headerNames = [] }: AskOptions,
    onDone: (asked: Asked) => void,
  ) {
    this.#request = request;
    this.#mostBytes = mostBytes;
    this.#headerNames = headerNames;
    this.#onDone = onDone;
  }

  onOpen(): void {
    this.connection!.send(this.#request);
  }

  onHead(head: ResponseHead): void {
    this.#status = head.status;
    for (const name of this.#headerNames) {
      const value = head.find(name);
      if (value !== undefined) this.#headers[name] = value;
    }
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#bytes > this.#mostBytes) {
      this.connection!.close();
      const message = `the answer is longer than ${this.#mostBytes} bytes`;
      this.#onDone({ kind: "failed", failure: "answer-too-large", message });
      return;
    }
    this.#body.push(Buffer.from(bytes.subarray(start, end)));
  }

  onEnd(atMs: number): void {
    const tookMs = atMs - this.#startedAtMs;
    this.#onDone({
      kind: "answered",
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#body),
      tookMs,
    });
  }

  onFailure({ kind: failure, message }: TransportFailure): void {
    this.#onDone({ kind: "failed", failure, message });
  }
}
