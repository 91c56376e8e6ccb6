import type { EmbeddingResult } from "../canonical/embedding.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";

const frame = { open: "[", openRow: () => "", closeRow: "", close: "]" };

/** `[[...]]`: no room for the count of truncated inputs, so only the header has it. */
export function encodeTeiResponse(result: EmbeddingResult): Uint8Array {
  return encodeVectorsBody(frame, result.vectors, "float");
}
