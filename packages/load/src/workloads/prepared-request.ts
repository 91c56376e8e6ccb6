import { readFileSync, statSync } from "node:fs";
import { WeirError } from "@weir/protocol";
import { encodeRequest, type RequestParts } from "../http/encode-request.ts";
import type { HttpTarget } from "../http/http-target.ts";
import { createStreamedBody, type BodyPiece, type StreamedBody } from "../http/streamed-body.ts";

/** A request ready to be sent any number of times: all of it, or its head and what follows from files. */
export interface PreparedRequest {
  readonly bytes: Uint8Array;
  readonly body: StreamedBody | undefined;
}

/** Bodies up to this size are kept in memory, as long as there is room for them. */
const largestKeptBytes = 1024 * 1024;
const mostKeptBytes = 256 * 1024 * 1024;

/** Prepares requests and keeps count of the memory they take. */
export class RequestPreparer {
  readonly #target: HttpTarget;
  #keptBytes = 0;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  /** Throws USAGE where a file cannot be read or has changed its size, or a header cannot be sent. */
  prepare(
    parts: Omit<RequestParts, "body" | "bodyFollowsBytes">,
    body: StreamedBody | undefined,
  ): PreparedRequest {
    if (body === undefined) return { bytes: encodeRequest(this.#target, parts), body: undefined };
    for (const piece of body.pieces) checkPiece(piece);
    if (body.bytes > largestKeptBytes || this.#keptBytes + body.bytes > mostKeptBytes)
      return { bytes: encodeRequest(this.#target, { ...parts, bodyFollowsBytes: body.bytes }), body };
    this.#keptBytes += body.bytes;
    const whole = new Uint8Array(Buffer.concat(body.pieces.map(contentOf)));
    return { bytes: encodeRequest(this.#target, { ...parts, body: whole }), body: undefined };
  }
}

/** A body of one file. */
export function createFileBody(path: string, bytes: number): StreamedBody {
  return createStreamedBody([{ kind: "file", path, bytes }]);
}

function checkPiece(piece: BodyPiece): void {
  if (piece.kind !== "file") return;
  const bytes = statSync(piece.path, { throwIfNoEntry: false })?.size;
  if (bytes !== piece.bytes)
    throw new WeirError(
      "USAGE",
      `the file ${piece.path} must have ${piece.bytes} bytes as when the run was planned, got ${bytes ?? "no file"}`,
    );
}

function contentOf(piece: BodyPiece): Uint8Array {
  return piece.kind === "file" ? readFileSync(piece.path) : piece.bytes;
}
