import type { ModelRequest, ModelVectors } from "../canonical/scoring.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";
import { parseTeiRequest } from "./parse-request.ts";

/** POST /embed_all: the vectors of all tokens. They are not scaled to length 1, whatever `normalize` says, as in TEI. */
export function parseTeiEmbedAllRequest(body: unknown): ModelRequest {
  const { request } = parseTeiRequest(body);
  return { ...request, pooling: "none", normalize: false };
}

const frame = { open: "[", openRow: () => "", closeRow: "", close: "]" };

/** `[[[...]]]`: of each input the vectors of its tokens, special ones included. */
export function encodeTeiEmbedAll({ rowLengths, dimensions, values }: ModelVectors): Uint8Array {
  if (rowLengths === undefined)
    throw new WeirError("INTERNAL", "vectors of tokens came without their numbers");
  const pieces: Uint8Array[] = [Buffer.from("[")];
  let start = 0;
  rowLengths.forEach((count, row) => {
    if (row > 0) pieces.push(Buffer.from(","));
    const end = start + count * dimensions;
    pieces.push(
      encodeVectorsBody(frame, { count, dimensions, values: values.subarray(start, end) }, "float"),
    );
    start = end;
  });
  pieces.push(Buffer.from("]"));
  return Buffer.concat(pieces);
}
