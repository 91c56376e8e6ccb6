import type { EmbeddingResult } from "../canonical/embedding.ts";
import type { AnswerTiming, VectorEncoding } from "../canonical/embedding-dialect.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { encodeVectorsBody } from "../vectors/encode-vectors-body.ts";

/**
 * `{"model","embeddings":[[...]],"total_duration","load_duration","prompt_eval_count","truncated_inputs"}`, durations
 * in whole nanoseconds. Without a timing they are left out rather than invented.
 */
export function encodeOllamaResponse(
  result: EmbeddingResult,
  _encoding: VectorEncoding,
  timing?: AnswerTiming,
): Uint8Array {
  const rest = {
    ...(timing === undefined
      ? {}
      : { total_duration: toNanoseconds(timing.totalMs), load_duration: toNanoseconds(timing.loadMs) }),
    prompt_eval_count: result.inputTokens,
    [truncatedInputsField]: result.truncated,
  };
  const frame = {
    open: `{"model":${JSON.stringify(result.model)},"embeddings":[`,
    openRow: () => "",
    closeRow: "",
    close: `],${JSON.stringify(rest).slice(1)}`,
  };
  return encodeVectorsBody(frame, result.vectors, "float");
}

function toNanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
