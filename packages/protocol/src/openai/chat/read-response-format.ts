import type { ResponseFormat } from "../../canonical/chat.ts";
import { isFields, readField, unexpected, type Fields } from "../../fields/read-fields.ts";
import { readObject } from "../../fields/read-lists.ts";

/** `response_format`: `text`, `json_object`, or `json_schema` with `{"json_schema": {"schema": {...}}}`. */
export function readResponseFormat(fields: Fields): { readonly responseFormat?: ResponseFormat } {
  const format = readObject(fields, "response_format");
  const kind = readField(format, "type") ?? "text";
  if (kind === "text") return {};
  if (kind === "json_object") return { responseFormat: { kind: "json" } };
  if (kind !== "json_schema")
    throw unexpected("response_format.type", "text, json_object or json_schema", kind, "Correct it.");
  const schema = readField(readObject(format, "json_schema"), "schema");
  if (isFields(schema)) return { responseFormat: { kind: "json-schema", schema } };
  throw unexpected("response_format.json_schema.schema", "a JSON Schema", schema, "Give one.");
}
