import type { EmbeddingResult } from "../canonical/embedding.ts";
import type { VectorEncoding } from "../canonical/embedding-dialect.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";

/** `{"object":"list","data":[{"object","index","embedding"}],"model","usage","truncated_inputs"}` */
export function encodeOpenAIResponse(result: EmbeddingResult, encoding: VectorEncoding): Uint8Array {
  const rest = {
    model: result.model,
    usage: { prompt_tokens: result.inputTokens, total_tokens: result.inputTokens },
    [truncatedInputsField]: result.truncated,
  };
  const frame = {
    open: `{"object":"list","data":[`,
    openRow: (index: number) => `{"object":"embedding","index":${index},"embedding":`,
    closeRow: "}",
    close: `],${JSON.stringify(rest).slice(1)}`,
  };
  return encodeVectorsBody(frame, result.vectors, encoding);
}
