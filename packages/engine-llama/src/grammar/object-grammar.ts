import { choice, optional, sequence, shared, text, type GrammarNode } from "./grammar-node.ts";
import { colon, comma, listOf, literal, stringOf } from "./json-nodes.ts";
import { mergeSchemas } from "./merge-schemas.ts";
import { asList, countOf, isSchema, type Schema, type SchemaCompiler } from "./schema-parts.ts";

interface Property {
  /** `"name": value` */
  readonly pair: GrammarNode;
  readonly required: boolean;
}

/** Objects with the properties that a schema names, in its order, or where it names none, with any of its kind. */
export function objectGrammar(
  compiler: SchemaCompiler,
  schema: Schema,
  depth: number,
  anyObject: GrammarNode,
): GrammarNode | undefined {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required = asList(schema["required"]).filter((name) => typeof name === "string");
  const more = schema["additionalProperties"] ?? true;
  const names = [...new Set([...Object.keys(properties), ...required])];
  if (names.length === 0) return mapGrammar(compiler, schema, depth, anyObject);
  const known: Property[] = [];
  const filled = countOf(schema, "minProperties", "up") ?? 0;
  for (const name of names) {
    const needed = required.includes(name);
    if (!needed && !compiler.limits.optional && filled === 0) continue;
    const value = compiler.compile(Object.hasOwn(properties, name) ? properties[name] : more, depth);
    if (value !== undefined)
      known.push({ pair: shared(sequence(literal(name), colon, value)), required: needed });
    else if (needed) return undefined;
  }
  return sequence(text("{"), inOrder(known, filled > 0), text("}"));
}

/** Any of the properties in their order, with commas between those that are there. */
function inOrder(properties: readonly Property[], filled: boolean): GrammarNode {
  /** What may follow when something stands before it. */
  let after: GrammarNode = text("");
  /** What may follow when nothing does; undefined: something has to. */
  let first: GrammarNode | undefined = filled ? undefined : text("");
  for (const { pair, required } of properties.toReversed()) {
    const begins = sequence(pair, after);
    first = required || first === undefined ? begins : shared(choice([begins, first]));
    const goesOn = sequence(comma, pair);
    after = shared(sequence(required ? goesOn : optional(goesOn), after));
  }
  return first ?? text("");
}

function mapGrammar(
  compiler: SchemaCompiler,
  schema: Schema,
  depth: number,
  anyObject: GrammarNode,
): GrammarNode | undefined {
  const min = countOf(schema, "minProperties", "up") ?? 0;
  const most = countOf(schema, "maxProperties", "down") ?? Infinity;
  const more = schema["additionalProperties"] ?? true;
  const names = schema["propertyNames"];
  if (more === true && names === undefined && min === 0 && most === Infinity) return anyObject;
  if (min > most) return undefined;
  const value = more === false ? undefined : compiler.compile(more, depth);
  const key =
    names === undefined
      ? shared(stringOf(1, compiler.limits.keyChars))
      : compiler.compile(mergeSchemas({ type: "string" }, names as Schema), depth);
  if (value === undefined || key === undefined) return min === 0 ? text("{}") : undefined;
  const max = Math.min(most, Math.max(min, compiler.limits.items));
  return listOf("{", "}", sequence(key, colon, value), min, max);
}
