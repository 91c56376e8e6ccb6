import type { Connection, ConnectionListener, ConnectionOptions } from "./connection.ts";
import { HttpConnection } from "./http-connection.ts";
import type { HttpTarget } from "./http-target.ts";
import { Http2Connection } from "./http2-connection.ts";

/** Begins to connect. What becomes of it the listener hears. */
export function openConnection(
  target: HttpTarget,
  options: ConnectionOptions,
  listener: ConnectionListener,
): Connection {
  return options.httpVersion === "2"
    ? new Http2Connection(target, options, listener)
    : new HttpConnection(target, options, listener);
}
