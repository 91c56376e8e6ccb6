import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { SocketTimeouts } from "./socket-timeouts.ts";

/** How far a connection was with its answers when it was last seen to get on. */
interface Progress {
  readonly sentBytes: number;
  readonly queuedBytes: number;
  /** How many looks since then found it where it was. */
  readonly stalled: number;
}

/** Looks without progress in one `sendMs`. Counted rather than timed: while this thread does not run, nobody gets on. */
const looks = 4;

/**
 * Cuts off clients that do not read: answers that make no progress for `sendMs` end their connection. What such a client
 * sends meanwhile does not help it. With nothing left to send it is the server that is slow, which is no reason.
 */
export function addSendTimeout(app: FastifyInstance, { sendMs }: Pick<SocketTimeouts, "sendMs">): void {
  const sending = new Map<Socket, Progress>();
  let timer: NodeJS.Timeout | undefined;

  function check(): void {
    for (const [socket, before] of sending) {
      const now = readProgress(socket);
      if (socket.destroyed || socket.writableLength === 0) sending.delete(socket);
      else if (now.sentBytes !== before.sentBytes || now.queuedBytes !== before.queuedBytes)
        sending.set(socket, now);
      else if (before.stalled < looks) sending.set(socket, { ...before, stalled: before.stalled + 1 });
      else socket.destroy();
    }
    if (sending.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  app.addHook("onSend", ({ raw: { socket } }, _reply, _payload, done) => {
    if (!sending.has(socket)) sending.set(socket, readProgress(socket));
    timer ??= setInterval(check, sendMs / looks).unref();
    done();
  });
  app.addHook("onClose", () => clearInterval(timer));
}

function readProgress(socket: Socket): Progress {
  // Of a piece that is on its way only the system's handle knows how much is left; an answer may be one piece.
  const { _handle: handle } = socket as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return {
    sentBytes: socket.bytesWritten - socket.writableLength,
    queuedBytes: handle?.writeQueueSize ?? 0,
    stalled: 0,
  };
}
