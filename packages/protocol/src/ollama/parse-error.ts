import { isFields, readField } from "../fields/read-fields.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";

export function parseOllamaError(body: Uint8Array): string | undefined {
  const answer = tryParseJson(body);
  if (!isFields(answer)) return undefined;
  const message = readField(answer, "error");
  return typeof message === "string" ? message : undefined;
}
