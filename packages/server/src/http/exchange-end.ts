import type { Socket } from "node:net";
import type { FastifyReply } from "fastify";

/** What waits for each connection's end. One listener a connection, however many requests are under way on it. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once, when a request's answer is out or its client is gone, whichever comes first; at once where that was
 * before. The response alone does not tell: Node never says `close` on one that still waits behind another of the same
 * connection (pipelining) when that connection ends.
 */
export function onExchangeEnd({ raw, request }: FastifyReply, callback: () => void): void {
  const { socket } = request.raw;
  if (raw.closed || raw.destroyed || socket.destroyed) {
    callback();
    return;
  }
  const callbacks = watchEnd(socket);
  const end = (): void => {
    raw.off("close", end);
    if (callbacks.delete(end)) callback();
  };
  callbacks.add(end);
  raw.once("close", end);
}

function watchEnd(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const callbacks = new Set<() => void>();
  waiting.set(socket, callbacks);
  socket.once("close", () => {
    for (const callback of callbacks) callback();
  });
  return callbacks;
}
