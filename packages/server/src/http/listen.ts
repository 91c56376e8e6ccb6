import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { toUnixUrl, WeirError } from "@weir/protocol";
import type { FastifyInstance } from "fastify";
import { findFreePort } from "../platform/free-port.ts";
import { clearSocketPath, restrictSocket } from "../platform/unix-socket.ts";

/** Where a server listens. */
export type ListenAddress =
  | { readonly kind: "port"; readonly host: string; readonly port: number }
  | { readonly kind: "socket"; readonly path: string };

/**
 * Listens, and gives the server's URL: `http://HOST:PORT`, or `http+unix://PATH` with the absolute path percent-encoded. Throws
 * PORT_IN_USE and USAGE; the app is closed then.
 */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<string> {
  const { level } = app.log;
  // Fastify logs where it listens; whoever calls says that too, and as clients write it.
  if (level === "info") app.log.level = "warn";
  try {
    return address.kind === "socket"
      ? await listenOnSocket(app, resolve(address.path))
      : await listenOnPort(app, address);
  } catch (error) {
    await app.close();
    throw error;
  } finally {
    app.log.level = level;
  }
}

async function listenOnSocket(app: FastifyInstance, path: string): Promise<string> {
  await clearSocketPath(path);
  try {
    await app.listen({ path });
    await restrictSocket(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new WeirError("PORT_IN_USE", `another server listens on ${path}. Choose another path.`, {
        cause: error,
      });
    throw new WeirError("USAGE", `cannot listen on the socket ${path}: ${message}`, { cause: error });
  }
  return toUnixUrl(path);
}

async function listenOnPort(
  app: FastifyInstance,
  { host, port }: Extract<ListenAddress, { kind: "port" }>,
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      const free = await findFreePort(host, port + 1);
      const next =
        free === undefined ? "Use --port 0 for any free one." : `Port ${free} is free: --port ${free}.`;
      throw new WeirError("PORT_IN_USE", `port ${port} on ${host} is already in use. ${next}`, {
        cause: error,
      });
    }
    throw new WeirError("USAGE", `cannot listen on ${host} port ${port}: ${message}`, { cause: error });
  }
  const { address, family, port: bound } = app.server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
}
