import type { EmbeddingResult } from "../canonical/embedding.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";

/** `{"vectors":[[...]],"truncated_inputs"}` */
export function encodeSidecarResponse(result: EmbeddingResult): Uint8Array {
  const frame = {
    open: `{"vectors":[`,
    openRow: () => "",
    closeRow: "",
    close: `],"${truncatedInputsField}":${result.truncated}}`,
  };
  return encodeVectorsBody(frame, result.vectors, "float");
}
