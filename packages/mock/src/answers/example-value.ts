type Schema = Readonly<Record<string, unknown>>;

const formats: Readonly<Record<string, string>> = {
  date: "2024-02-29",
  "date-time": "2024-02-29T12:00:00Z",
  time: "12:00:00Z",
  email: "weir@example.org",
  uri: "https://example.org/",
  uuid: "00000000-0000-4000-8000-000000000000",
  ipv4: "192.0.2.1",
};
const deepest = 8;

/**
 * A value that a JSON Schema accepts, the same for the same schema: what is required and what else is named, the least
 * that bounds allow. Knows type, enum, const, default, properties, items, bounds, lengths, common formats, local $ref,
 * and takes the first of anyOf and oneOf. `pattern` and `not` are not looked at.
 */
export function toExampleValue(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isSchema(schema) || depth > deepest) return null;
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return (schema["enum"] as unknown[])[0];
  if ("default" in schema) return schema["default"];
  if (typeof schema["$ref"] === "string")
    return toExampleValue(findReference(schema["$ref"], root), root, depth + 1);
  for (const choice of ["anyOf", "oneOf"]) {
    const options = schema[choice];
    if (Array.isArray(options)) return toExampleValue(options[0], root, depth + 1);
  }
  if (Array.isArray(schema["allOf"])) {
    const parts = (schema["allOf"] as unknown[]).map((part) => toExampleValue(part, root, depth + 1));
    return parts.every(isSchema) ? Object.assign({}, ...parts) : parts[0];
  }
  return toExampleOfType(schema, root, depth);
}

function toExampleOfType(schema: Schema, root: unknown, depth: number): unknown {
  const type: unknown = Array.isArray(schema["type"]) ? (schema["type"] as unknown[])[0] : schema["type"];
  switch (type) {
    case "string":
      return toExampleString(schema);
    case "integer":
      return toExampleNumber(schema, 1);
    case "number":
      return toExampleNumber(schema, 0.5);
    case "boolean":
      return true;
    case "null":
      return null;
    case "array": {
      const length = Math.max(1, readNumber(schema, "minItems") ?? 1);
      return Array.from({ length }, () =>
        toExampleValue(schema["items"] ?? { type: "string" }, root, depth + 1),
      );
    }
    default:
      return toExampleObject(schema, root, depth);
  }
}

function toExampleObject(schema: Schema, root: unknown, depth: number): unknown {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  // Only what is required, deep down: a schema that refers to itself has to end.
  const names = depth < 3 ? new Set([...Object.keys(properties), ...required]) : new Set(required);
  return Object.fromEntries(
    [...names].map((name) => [name, toExampleValue(properties[name] ?? { type: "string" }, root, depth + 1)]),
  );
}

function toExampleString(schema: Schema): string {
  const format = schema["format"];
  const text = (typeof format === "string" ? formats[format] : undefined) ?? "weir";
  const longest = readNumber(schema, "maxLength") ?? Infinity;
  return text.padEnd(readNumber(schema, "minLength") ?? 0, "x").slice(0, longest);
}

function toExampleNumber(schema: Schema, step: number): number {
  const least = readNumber(schema, "minimum");
  const above = readNumber(schema, "exclusiveMinimum");
  const most = readNumber(schema, "maximum") ?? Infinity;
  const multiple = readNumber(schema, "multipleOf") ?? 0;
  const floor = Math.max(least ?? -Infinity, above === undefined ? -Infinity : above + step);
  const value = floor === -Infinity ? Math.min(step, most) : floor;
  if (multiple > 0) return Math.ceil(value / multiple) * multiple;
  return step === 1 ? Math.ceil(value) : value;
}

function findReference(reference: string, root: unknown): unknown {
  if (!reference.startsWith("#")) return undefined;
  const names = reference
    .slice(1)
    .split("/")
    .filter((name) => name !== "");
  return names.reduce<unknown>(
    (at, name) => (isSchema(at) ? at[name.replaceAll("~1", "/")] : undefined),
    root,
  );
}

function readNumber(schema: Schema, name: string): number | undefined {
  const value = schema[name];
  return typeof value === "number" ? value : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
