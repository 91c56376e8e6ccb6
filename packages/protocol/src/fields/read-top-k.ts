import type { Fields } from "./read-fields.ts";
import { isWholeNumber, readField, unexpected } from "./read-fields.ts";

/** From how many of the likeliest tokens one is drawn. 0 and -1 are how servers write "of all". */
export function readTopK(fields: Fields, name: string): number | undefined {
  const value = readField(fields, name) ?? undefined;
  if (value === undefined || value === 0 || value === -1) return undefined;
  if (isWholeNumber(value, 1)) return value;
  throw unexpected(name, "a whole number of at least 1", value, "Correct it or leave it out.");
}
