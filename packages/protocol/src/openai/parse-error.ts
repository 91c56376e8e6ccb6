import { isFields, readField } from "../fields/read-fields.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";

/** OpenAI nests the message under `error`; servers that copied the API also send it at the top. */
export function parseOpenAIError(body: Uint8Array): string | undefined {
  const answer = tryParseJson(body);
  if (!isFields(answer)) return undefined;
  const error = readField(answer, "error");
  const message = readField(isFields(error) ? error : answer, "message");
  return typeof message === "string" ? message : undefined;
}
