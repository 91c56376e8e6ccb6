import type { ReceivedEmbeddings } from "../canonical/embedding-dialect.ts";
import { truncatedInputsField } from "../canonical/truncation.ts";
import { describeValue } from "../fields/describe-value.ts";
import { isFields, readField } from "../fields/read-fields.ts";
import { parseAnswerObject, readCount, readRows } from "../vectors/parse-answer.ts";
import { invalid, parseVectorRows } from "../vectors/parse-vector-rows.ts";

/** Rows are put in the order of their `index`; where none has one, they are taken as they come. */
export function parseOpenAIResponse(body: Uint8Array): ReceivedEmbeddings {
  const answer = parseAnswerObject(body);
  const usage = readField(answer, "usage");
  return {
    vectors: parseVectorRows(orderRows(readRows(answer, "data")), (index) => `data[${index}].embedding`),
    inputTokens: isFields(usage) ? readCount(usage, "prompt_tokens") : undefined,
    truncated: readCount(answer, truncatedInputsField),
  };
}

function orderRows(data: readonly unknown[]): readonly unknown[] {
  const rows: unknown[] = Array.from({ length: data.length });
  const seen = new Uint8Array(data.length);
  for (const [position, entry] of data.entries()) {
    if (!isFields(entry)) throw invalid(`data[${position}]: expected an object, got ${describeValue(entry)}`);
    const index = readField(entry, "index") ?? position;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= data.length) {
      const expected = `a whole number from 0 to ${data.length - 1}`;
      throw invalid(`data[${position}].index: expected ${expected}, got ${describeValue(index)}`);
    }
    if (seen[index] === 1) {
      throw invalid(`data[${position}].index: expected each index once, got ${index} again`);
    }
    seen[index] = 1;
    rows[index] = readField(entry, "embedding");
  }
  return rows;
}
