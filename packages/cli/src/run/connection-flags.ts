import type { Option } from "commander";
import { createFlags } from "./create-flags.ts";

/** The flags that say how the server is connected to, as they were written. */
export interface ConnectionFlags {
  readonly insecure?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly http2?: boolean | undefined;
  readonly unix?: string | undefined;
  readonly firstByteTimeout?: string | undefined;
  readonly connectTimeout?: string | undefined;
  readonly maxConnections?: string | undefined;
  readonly retries?: string | undefined;
}

export function createConnectionOptions(): Option[] {
  return createFlags("Connection:", [
    ["--header <line>", '"Name: value" sent with every request; repeatable', "repeatable"],
    ["--key-env <name>", "environment variable whose value is sent as a bearer token"],
    ["--unix <socket>", "connect to this Unix socket; the URL then gives the path and the Host header"],
    ["--http2", "HTTP/2: by ALPN over https, by prior knowledge over http"],
    ["--ca <file>", "certificates to trust in place of the usual ones, PEM"],
    ["--insecure", "take any certificate"],
    ["--connect-timeout <time>", "longest wait for a connection (default: 5s, or --timeout where shorter)"],
    ["--first-byte-timeout <time>", "longest wait for the first byte of an answer (default: --timeout)"],
    [
      "--max-connections <number>",
      "connections that --rate and --replay may open; what is due beyond them waits (default: 1024)",
    ],
    [
      "--retries <number>",
      "send again what got no answer, or 408, 409, 429 or 5xx; a request that failed first stays failed (default: 0)",
    ],
  ]);
}
