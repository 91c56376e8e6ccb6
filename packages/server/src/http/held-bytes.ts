import { WeirError } from "@weir/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { onExchangeEnd } from "./exchange-end.ts";

/** Counts more bytes that are held for a request, until it is over. Throws QUEUE_FULL where there is no room for them. */
export type HoldBytes = (request: FastifyRequest, bytes: number) => void;

/**
 * Bounds the bytes that the server holds for its requests, from when they came to the end of the answers: a queue bounded
 * by jobs and tokens alone could be filled with texts of which a model reads only the beginning. 503 above, before the
 * body is read where a header tells its length. Bytes that are promised and do not come take nobody's place, and what is
 * too large beside others may still come alone.
 */
export function addHeldBytes(app: FastifyInstance, mostBytes: number): HoldBytes {
  const held = new Map<FastifyRequest, number>();
  let totalBytes = 0;

  function findRefusal(ownBytes: number, moreBytes: number): WeirError | undefined {
    if (totalBytes === ownBytes || totalBytes + moreBytes <= mostBytes) return undefined;
    const message = `the requests under way hold ${totalBytes} bytes of at most ${mostBytes}, and this one brings ${moreBytes} more`;
    return new WeirError("QUEUE_FULL", message, { retryAfterMs: 1_000 });
  }

  app.addHook("onRequest", (request, reply, done) => {
    const refusal = findRefusal(0, Number(request.headers["content-length"] ?? 0));
    if (refusal === undefined) {
      held.set(request, 0);
      onExchangeEnd(reply, () => {
        totalBytes -= held.get(request)!;
        held.delete(request);
      });
    } else {
      reply.header("connection", "close");
    }
    done(refusal);
  });

  return (request, bytes) => {
    const ownBytes = held.get(request);
    // One whose client is gone already is not held any more.
    if (ownBytes === undefined) return;
    const refusal = findRefusal(ownBytes, bytes);
    if (refusal !== undefined) throw refusal;
    totalBytes += bytes;
    held.set(request, ownBytes + bytes);
  };
}
