import net from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectionOptions } from "./connection.ts";
import type { HttpTarget } from "./http-target.ts";

/** Where a socket connects to, as `net.connect` and `tls.connect` take it. */
export function toSocketOptions(target: HttpTarget): net.TcpNetConnectOpts | net.IpcNetConnectOpts {
  return target.socketPath === undefined
    ? { host: target.host, port: target.port, noDelay: true }
    : { path: target.socketPath };
}

/** Whom a TLS socket believes. */
export function toTlsOptions(target: HttpTarget, options: ConnectionOptions): TlsOptions {
  return {
    ...(net.isIP(target.host) === 0 && { servername: target.host }),
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.insecure === true && { rejectUnauthorized: false }),
  };
}
