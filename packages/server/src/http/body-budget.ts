import { WeirError } from "@weir/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { onExchangeEnd } from "./exchange-end.ts";

/** Counts a body that was read. Throws QUEUE_FULL where there is no room for it. */
export type HoldBody = (request: FastifyRequest, bytes: number) => void;

/**
 * Bounds the bytes of the bodies that the server holds, from when they were read to the end of their answers: a queue
 * bounded by jobs and tokens alone could be filled with texts of which a model reads only the beginning. 503 above, before
 * the body is read where a header tells its length. Bytes that are promised and do not come take nobody's place, and a
 * body that is too large beside others may still come alone.
 */
export function addBodyBudget(app: FastifyInstance, mostBytes: number): HoldBody {
  const held = new Map<FastifyRequest, number>();
  let totalBytes = 0;

  function findRefusal(bytes: number): WeirError | undefined {
    if (totalBytes === 0 || totalBytes + bytes <= mostBytes) return undefined;
    const message = `the requests under way hold ${totalBytes} bytes of at most ${mostBytes}, and this one has ${bytes}`;
    return new WeirError("QUEUE_FULL", message, { retryAfterMs: 1_000 });
  }

  app.addHook("onRequest", (request, reply, done) => {
    const refusal = findRefusal(Number(request.headers["content-length"] ?? 0));
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
    // One whose client is gone already is not held any more.
    if (!held.has(request)) return;
    const refusal = findRefusal(bytes);
    if (refusal !== undefined) throw refusal;
    totalBytes += bytes;
    held.set(request, bytes);
  };
}
