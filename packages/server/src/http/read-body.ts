import type { Readable } from "node:stream";
import { WeirError } from "@weir/protocol";
import type { FastifyRequest } from "fastify";
import type { HoldBytes } from "./held-bytes.ts";

/**
 * All of a request's body. Each piece counts when it comes, so that bodies that never end are bounded as others are.
 * Rejects with BODY_TOO_LARGE, where a header tells it before anything is read; CANCELLED where the client goes away; and
 * what `hold` throws. After that nothing more is read.
 */
export function readBody(
  request: FastifyRequest,
  body: Readable,
  mostBytes: number,
  hold: HoldBytes,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;

    function take(piece: Buffer): void {
      bytes += piece.length;
      try {
        if (bytes > mostBytes) throw tooLarge(mostBytes);
        hold(request, piece.length);
        pieces.push(piece);
      } catch (error) {
        fail(error);
      }
    }
    function end(): void {
      stop();
      // A copy even of one: Node may read the next bytes into the same memory.
      resolve(Buffer.concat(pieces, bytes));
    }
    function leave(): void {
      fail(new WeirError("CANCELLED", "the client went away before its request was whole"));
    }
    function fail(error: unknown): void {
      stop();
      body.pause();
      reject(error);
    }
    function stop(): void {
      body.off("data", take).off("end", end).off("close", leave);
    }

    if (Number(request.headers["content-length"] ?? 0) > mostBytes) {
      reject(tooLarge(mostBytes));
      return;
    }
    // An error comes before `close`, which says the same.
    body.on("error", () => {});
    body.on("data", take).on("end", end).on("close", leave);
  });
}

function tooLarge(mostBytes: number): WeirError {
  return new WeirError("BODY_TOO_LARGE", `the body is larger than the limit of ${mostBytes} bytes here`);
}
