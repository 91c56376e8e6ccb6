import type { ReceivedEmbeddings } from "../canonical/embedding-dialect.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { parseAnswerObject, readCount, readRows } from "../vectors/parse-answer.ts";
import { parseVectorRows } from "../vectors/parse-vector-rows.ts";

export function parseOllamaResponse(body: Uint8Array): ReceivedEmbeddings {
  const answer = parseAnswerObject(body);
  return {
    vectors: parseVectorRows(readRows(answer, "embeddings"), (index) => `embeddings[${index}]`),
    inputTokens: readCount(answer, "prompt_eval_count"),
    truncated: readCount(answer, truncatedInputsField),
  };
}
