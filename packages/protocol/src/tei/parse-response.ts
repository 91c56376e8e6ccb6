import type { ReceivedEmbeddings } from "../canonical/embedding-dialect.ts";
import { describeValue } from "../fields/describe-value.ts";
import { parseAnswer } from "../vectors/parse-answer.ts";
import { invalid, parseVectorRows } from "../vectors/parse-vector-rows.ts";

export function parseTeiResponse(body: Uint8Array): ReceivedEmbeddings {
  const answer = parseAnswer(body);
  if (!Array.isArray(answer) || answer.length === 0) {
    throw invalid(`expected a list of vectors as the body, got ${describeValue(answer)}`);
  }
  return {
    vectors: parseVectorRows(answer, (index) => `[${index}]`),
    inputTokens: undefined,
    truncated: undefined,
  };
}
