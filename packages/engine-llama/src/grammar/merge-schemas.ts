import { asList, type Schema } from "./schema-parts.ts";

/**
 * One schema for what two say of the same value, or `false` where nothing can be both. Simple, not complete: properties are
 * put together, bounds tightened, types and lists of values cut; what one alone says stays.
 */
export function mergeSchemas(a: Schema | boolean, b: Schema | boolean): Schema | boolean {
  if (a === false || b === false) return false;
  if (a === true) return b;
  if (b === true) return a;
  const merged: Record<string, unknown> = { ...a };
  for (const [key, second] of Object.entries(b)) {
    const first = merged[key];
    if (first === undefined || sameJson(first, second)) {
      merged[key] = second;
      continue;
    }
    const both = mergeKeyword(key, first, second);
    if (both === impossible) return false;
    if (both === apart) merged["allOf"] = [...asList(merged["allOf"]), { [key]: second }];
    else merged[key] = both;
  }
  return merged;
}

const impossible = Symbol("impossible");
/** Both have to hold, and cannot be said in one. */
const apart = Symbol("apart");

function mergeKeyword(key: string, first: unknown, second: unknown): unknown {
  switch (key) {
    case "type": {
      const types = asList(second).flatMap((type) =>
        hasType(first, type) ? [type] : type === "number" && hasType(first, "integer") ? ["integer"] : [],
      );
      return types.length === 0 ? impossible : types;
    }
    case "enum": {
      const values = asList(first).filter((value) => asList(second).some((other) => sameJson(value, other)));
      return values.length === 0 ? impossible : values;
    }
    case "const":
      return impossible;
    case "required":
      return [...new Set([...asList(first), ...asList(second)])];
    case "minimum":
    case "exclusiveMinimum":
    case "minLength":
    case "minItems":
    case "minProperties":
      return Math.max(Number(first), Number(second));
    case "maximum":
    case "exclusiveMaximum":
    case "maxLength":
    case "maxItems":
    case "maxProperties":
      return Math.min(Number(first), Number(second));
    case "properties":
    case "$defs":
    case "definitions":
      return mergeMaps(first as Schema, second as Schema);
    case "items":
    case "additionalProperties":
      return mergeSchemas(first as Schema, second as Schema);
    case "allOf":
      return [...asList(first), ...asList(second)];
    case "$ref":
    case "anyOf":
    case "oneOf":
      return apart;
    default:
      return second;
  }
}

function mergeMaps(first: Schema, second: Schema): Schema {
  const merged: Record<string, unknown> = { ...first };
  for (const [name, schema] of Object.entries(second))
    merged[name] = Object.hasOwn(merged, name)
      ? mergeSchemas(merged[name] as Schema, schema as Schema)
      : schema;
  return merged;
}

function hasType(types: unknown, type: unknown): boolean {
  const list = asList(types);
  return list.includes(type) || (type === "integer" && list.includes("number"));
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
