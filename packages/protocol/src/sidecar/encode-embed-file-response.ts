import type { EmbeddingResult } from "../canonical/embedding.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";

/** `{"chunks":["..."],"vectors":[[...]],"truncated_inputs"}`, a vector for each chunk. */
export function encodeEmbedFileResponse(chunks: readonly string[], result: EmbeddingResult): Uint8Array {
  const frame = {
    open: `{"chunks":${JSON.stringify(chunks)},"vectors":[`,
    openRow: () => "",
    closeRow: "",
    close: `],"${truncatedInputsField}":${result.truncated}}`,
  };
  return encodeVectorsBody(frame, result.vectors, "float");
}
