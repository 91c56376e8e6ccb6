import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ConnectionRequest } from "@weir/lab";
import { toUnixUrl, WeirError } from "@weir/protocol";
import type { FlagReader } from "../flags/flag-reader.ts";
import type { RequestAddress } from "./workloads/request-address.ts";
import type { ConnectionFlags } from "./connection-flags.ts";

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
