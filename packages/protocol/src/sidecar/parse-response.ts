import type { ReceivedEmbeddings } from "../canonical/embedding-dialect.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { parseAnswerObject, readCount, readRows } from "../vectors/parse-answer.ts";
import { parseVectorRows } from "../vectors/parse-vector-rows.ts";

export function parseSidecarResponse(body: Uint8Array): ReceivedEmbeddings {
  const answer = parseAnswerObject(body);
  return {
    vectors: parseVectorRows(readRows(answer, "vectors"), (index) => `vectors[${index}]`),
    inputTokens: undefined,
    truncated: readCount(answer, truncatedInputsField),
  };
}
