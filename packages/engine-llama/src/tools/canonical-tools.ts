import type { ChatTool } from "@weir/protocol";

/** Keys that come first, in this order; the others follow by name. */
const leading: readonly string[] = ["type", "description", "properties", "required", "items", "enum"];

/** Keywords whose value is a map from names of the client's own to schemas. */
const schemaMaps: readonly string[] = ["properties", "$defs", "definitions", "patternProperties"];

/** Keywords whose value is data, whose order may mean something. */
const data: readonly string[] = ["const", "default", "enum", "examples", "example"];

/**
 * The same tools with the keys of their schemas in an order that does not depend on who wrote the JSON, so that a
 * conversation's beginning stays the same text. Properties go as `required` names them, since a list has an order that its
 * author chose, then by name. The order of the tools stays.
 */
export function canonicalTools(tools: readonly ChatTool[]): readonly ChatTool[] {
  return tools.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters: canonicalSchema(parameters) as ChatTool["parameters"],
  }));
}

function canonicalSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(canonicalSchema);
  if (!isRecord(schema)) return schema;
  const keys = Object.keys(schema).toSorted((a, b) => rank(leading, a) - rank(leading, b) || compare(a, b));
  return Object.fromEntries(
    keys.map((key) => {
      const value = schema[key];
      if (data.includes(key)) return [key, value];
      if (schemaMaps.includes(key) && isRecord(value)) return [key, canonicalMap(value, schema["required"])];
      return [key, canonicalSchema(value)];
    }),
  );
}

function canonicalMap(map: Readonly<Record<string, unknown>>, required: unknown): unknown {
  const order = Array.isArray(required) ? required : [];
  const names = Object.keys(map).toSorted((a, b) => rank(order, a) - rank(order, b) || compare(a, b));
  return Object.fromEntries(names.map((name) => [name, canonicalSchema(map[name])]));
}

function rank(order: readonly unknown[], key: string): number {
  const place = order.indexOf(key);
  return place < 0 ? order.length : place;
}

/** By code units: no locale's order. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
