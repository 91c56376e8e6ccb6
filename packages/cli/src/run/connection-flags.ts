import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ConnectionRequest } from "@weir/lab";
import { toUnixUrl } from "@weir/load";
import { WeirError } from "@weir/protocol";
import type { Option } from "commander";
import type { FlagReader } from "../flags/flag-reader.ts";
import { createFlags } from "./create-flags.ts";
import type { RequestAddress } from "./workloads/request-address.ts";

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

/** Problems are noted. */
export async function resolveConnection(
  flags: ConnectionFlags,
  read: FlagReader,
): Promise<ConnectionRequest> {
  const connectTimeoutMs = read.duration("connect-timeout", flags.connectTimeout, {
    leastMs: 1,
    absent: undefined,
  });
  const firstByteTimeoutMs = read.duration("first-byte-timeout", flags.firstByteTimeout, {
    leastMs: 1,
    absent: undefined,
  });
  const maxConnections =
    flags.maxConnections === undefined
      ? undefined
      : read.whole("max-connections", flags.maxConnections, { least: 1, absent: 1 });
  const retries = read.whole("retries", flags.retries, { least: 0, most: 100, absent: 0 });
  if (flags.ca !== undefined && flags.insecure === true)
    read.note("--ca and --insecure exclude each other: one trusts some certificates, the other all of them.");
  const { ca: caFile } = flags;
  const ca = caFile === undefined ? undefined : await read.attemptAsync(async () => await readCa(caFile));
  return {
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    ...(firstByteTimeoutMs !== undefined && { firstByteTimeoutMs }),
    ...(maxConnections !== undefined && { maxConnections }),
    ...(retries > 0 && { retries }),
    ...(ca !== undefined && { ca }),
    ...(flags.insecure === true && { insecure: true }),
    ...(flags.http2 === true && { httpVersion: "2" }),
  };
}

async function readCa(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `--ca: expected a file that can be read, got ${file}: ${reason}.`);
  });
  if (!text.includes("-----BEGIN CERTIFICATE-----"))
    throw new WeirError(
      "USAGE",
      `--ca: expected certificates in PEM form (-----BEGIN CERTIFICATE-----), got none in ${file}.`,
    );
  return text;
}

/** An address behind a Unix socket, and the headers with the Host that the URL names. */
export function throughSocket(
  socket: string,
  address: RequestAddress,
  headers: Readonly<Record<string, string>>,
): { readonly address: RequestAddress; readonly headers: Readonly<Record<string, string>> } {
  if (!address.server.startsWith("http://"))
    throw new WeirError(
      "USAGE",
      `--unix needs an http: URL for path and Host header, e.g. http://localhost/v1, got ${address.server}.`,
    );
  const host = address.server.slice("http://".length);
  const named = Object.keys(headers).some((name) => name.toLowerCase() === "host");
  return {
    address: { server: toUnixUrl(path.resolve(socket)), path: address.path },
    headers: named || host === "localhost" ? headers : { ...headers, Host: host },
  };
}
