import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Follows the connections that have sent nothing yet, which clients open ahead of need. Node waits for a request on each of
 * them when the server closes; the result cuts them off.
 */
export function watchSilentConnections(app: FastifyInstance): () => void {
  const open = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => void open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
