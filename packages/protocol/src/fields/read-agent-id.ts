import { readField, type Fields } from "./read-fields.ts";

/**
 * Whose conversation a request is of: `session_id`, else the first of the dialect's own fields that says something. What is no
 * text, or an empty one, names nobody.
 */
export function readAgentId(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of ["session_id", ...names]) {
    const value = readField(fields, name);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}
