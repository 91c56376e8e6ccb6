import type { FastifyReply } from "fastify";
import { onExchangeEnd } from "./exchange-end.ts";

/** A signal that fires when the client goes away before it has its answer. */
export function abortOnClose(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  onExchangeEnd(reply, () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
