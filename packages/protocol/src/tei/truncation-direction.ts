import { WeirError } from "../canonical/weir-error.ts";
import { readField, unexpected, type Fields } from "../fields/read-fields.ts";

/** TEI's `truncation_direction`: long inputs are cut at their ends here. Throws INVALID_REQUEST for the other one. */
export function checkTruncationDirection(fields: Fields): void {
  const field = "truncation_direction";
  const value = readField(fields, field) ?? "right";
  if (value === "right" || value === "Right") return;
  if (value !== "left" && value !== "Left") {
    throw unexpected(field, "left or right", value, "Correct it or leave it out.");
  }
  const message = `${field}: long inputs are cut at their end here, got ${value}. Leave it out, and send the end of the text.`;
  throw new WeirError("INVALID_REQUEST", message, { field });
}
