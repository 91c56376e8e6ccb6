import { isFields, readField } from "../fields/read-fields.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";

/** FastAPI's `detail` is a string, or a list of `{"loc": ["body", "texts"], "msg"}` where validation failed. */
export function parseSidecarError(body: Uint8Array): string | undefined {
  const answer = tryParseJson(body);
  if (!isFields(answer)) return undefined;
  const detail = readField(answer, "detail");
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return undefined;
  const problems = detail.map(describeProblem).filter((problem) => problem !== undefined);
  return problems.length === 0 ? undefined : problems.join("; ");
}

function describeProblem(problem: unknown): string | undefined {
  if (!isFields(problem)) return undefined;
  const message = readField(problem, "msg");
  const place = readField(problem, "loc");
  if (typeof message !== "string") return undefined;
  return Array.isArray(place) ? `${place.join(".")}: ${message}` : message;
}
