import { WeirError } from "@weir/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { onExchangeEnd } from "./exchange-end.ts";
import { HoldingTime } from "./holding-time.ts";

/** Answers up to here are never refused: what says why something is refused is one of them. */
const smallAnswerBytes = 64 * 1024;

/** Counts more bytes that are held for a request, until it is over. Throws QUEUE_FULL where there is no room for them. */
export type HoldBytes = (request: FastifyRequest, bytes: number) => void;

export interface HeldBytes {
  readonly hold: HoldBytes;
  /** Whether nine tenths of the bytes are taken, so that large requests should go elsewhere. */
  readonly isCrowded: boolean;
}

/**
 * Bounds the bytes that the server holds for its requests, from when they came to when the answers are read, these too: a
 * queue bounded by jobs and tokens alone could be filled with texts of which a model reads only the beginning. 503 above,
 * before the body is read where a header tells its length. Bytes that are promised and do not come take nobody's place, and what is
 * too large beside others may still come alone.
 */
export function addHeldBytes(app: FastifyInstance, mostBytes: number): HeldBytes {
  const held = new Map<FastifyRequest, number>();
  const holding = new HoldingTime();
  let totalBytes = 0;

  function findRefusal(ownBytes: number, moreBytes: number): WeirError | undefined {
    if (totalBytes === ownBytes || totalBytes + moreBytes <= mostBytes) return undefined;
    const message = `the requests under way hold ${totalBytes} bytes of at most ${mostBytes}, and this one brings ${moreBytes} more`;
    const retryAfterMs = holding.toFreeMs(totalBytes + moreBytes - mostBytes, totalBytes);
    return new WeirError("QUEUE_FULL", message, { retryAfterMs });
  }

  function add(request: FastifyRequest, bytes: number): void {
    const ownBytes = held.get(request);
    // One whose client is gone already is not held any more.
    if (ownBytes === undefined) return;
    totalBytes += bytes;
    held.set(request, ownBytes + bytes);
  }

  app.addHook("onRequest", (request, reply, done) => {
    const refusal = findRefusal(0, Number(request.headers["content-length"] ?? 0));
    if (refusal === undefined) {
      held.set(request, 0);
      const fromMs = performance.now();
      onExchangeEnd(reply, () => {
        const bytes = held.get(request)!;
        if (bytes > 0) holding.note(performance.now() - fromMs);
        totalBytes -= bytes;
        held.delete(request);
      });
    } else {
      reply.header("connection", "close");
    }
    done(refusal);
  });

  // Short questions can have long answers, and a client need not read them.
  app.addHook("onSend", (request, _reply, payload, done) => {
    const bytes = countBytes(payload);
    const refusal =
      bytes > smallAnswerBytes ? findRefusal(held.get(request) ?? totalBytes, bytes) : undefined;
    if (refusal === undefined) {
      add(request, bytes);
      done();
    } else {
      done(refusal);
    }
  });

  return {
    hold(request, bytes) {
      const refusal = findRefusal(held.get(request) ?? totalBytes, bytes);
      if (refusal !== undefined) throw refusal;
      add(request, bytes);
    },
    get isCrowded() {
      return totalBytes >= 0.9 * mostBytes;
    },
  };
}

function countBytes(payload: unknown): number {
  if (typeof payload === "string") return Buffer.byteLength(payload);
  return payload instanceof Uint8Array ? payload.length : 0;
}
