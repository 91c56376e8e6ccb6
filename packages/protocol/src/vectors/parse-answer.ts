import { describeValue } from "../fields/describe-value.ts";
import { isFields, readField, type Fields } from "../fields/read-fields.ts";
import { invalid } from "./parse-vector-rows.ts";

/** The JSON value of a body, or undefined where it is none. */
export function tryParseJson(body: Uint8Array): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** The JSON value of an answer. Throws TARGET_ANSWER_INVALID with the start of what came instead. */
export function parseAnswer(body: Uint8Array): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    const start = describeValue(toText(body.subarray(0, 200)));
    const reason = error instanceof Error ? ` (${error.message})` : "";
    throw invalid(`expected a JSON body, got ${body.length} bytes that start with ${start}${reason}`);
  }
}

/** The answer's object. Throws TARGET_ANSWER_INVALID where it is anything else. */
export function parseAnswerObject(body: Uint8Array): Fields {
  const answer = parseAnswer(body);
  if (isFields(answer)) return answer;
  throw invalid(`expected a JSON object as the body, got ${describeValue(answer)}`);
}

/** A list in an answer that has at least one row. */
export function readRows(answer: Fields, name: string): readonly unknown[] {
  const rows = readField(answer, name);
  if (Array.isArray(rows) && rows.length > 0) return rows as readonly unknown[];
  throw invalid(`${name}: expected a list with one entry for each input, got ${describeValue(rows)}`);
}

/** A count in an answer; undefined where the server does not give a usable one. */
export function readCount(answer: Fields, name: string): number | undefined {
  const value = readField(answer, name);
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function parseJson(body: Uint8Array): unknown {
  return JSON.parse(toText(body)) as unknown;
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
