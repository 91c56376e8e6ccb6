import { WeirError } from "@weir/protocol";
import { choice, shared, text, type GrammarNode } from "./grammar-node.ts";
import type { GrammarLimits } from "./grammar-limits.ts";
import { arrayGrammar } from "./array-grammar.ts";
import { createAnyValue } from "./json-nodes.ts";
import { literalChoice } from "./literal-choice.ts";
import { mergeSchemas } from "./merge-schemas.ts";
import { asList, isSchema, numberOf, type Schema, type SchemaCompiler } from "./schema-parts.ts";
import { integerGrammar, numberGrammar, type NumberBounds } from "./number-grammar.ts";
import { objectGrammar } from "./object-grammar.ts";
import { stringGrammar } from "./string-grammar.ts";

/**
 * The grammar of a JSON Schema's values. Understood: type, enum, const, properties, required, additionalProperties,
 * propertyNames, items, prefixItems, their least and most numbers, minimum and maximum, pattern and some formats, anyOf,
 * oneOf, allOf, $ref within the schema (recursion to a depth), nullable. Not enforced, since no grammar of a sensible size can:
 * not, if/then/else, contains, uniqueItems, multipleOf, patternProperties, dependent*, that only one of oneOf holds,
 * that keys of a map differ. Properties come in their schema's order, and no others where it names any.
 * Throws INVALID_REQUEST, naming `field`, for a schema that allows nothing, that does not end, whose $ref leads nowhere, or
 * that has so many parts, references and alternatives written out, that making its grammar would hold up everybody.
 */
export function schemaGrammar(schema: unknown, limits: GrammarLimits, field: string): GrammarNode {
  const node = createSchemaCompiler(schema, limits, field).compile(
    schema,
    countRefs(schema) + limits.recursion,
  );
  if (node !== undefined) return node;
  throw refuse(field, "a schema that some JSON value of limited depth meets", "one that none meets");
}

/** Times that a schema or a part of it is looked at. */
const mostParts = 10_000;
const deepestNesting = 200;

function createSchemaCompiler(root: unknown, limits: GrammarLimits, field: string): SchemaCompiler {
  const any = createAnyValue(limits);
  /** By pointer and depth; what is under way cannot be asked for again, since each step goes one deeper. */
  const known = new Map<string, GrammarNode | undefined>();
  let parts = 0;
  let nesting = 0;

  const compileRef = (pointer: string, depth: number): GrammarNode | undefined => {
    if (depth === 0) return undefined;
    const key = `${depth} ${pointer}`;
    if (!known.has(key)) {
      const node = compile(resolvePointer(root, pointer, field), depth - 1);
      known.set(key, node === undefined ? undefined : shared(node));
    }
    return known.get(key);
  };

  const compileChoice = (
    base: Schema,
    options: readonly unknown[],
    depth: number,
  ): GrammarNode | undefined => {
    const nodes = options.flatMap(
      (option) => compile(mergeSchemas(base, checkSchema(option, field)), depth) ?? [],
    );
    return nodes.length === 0 ? undefined : choice(nodes.map(shared));
  };

  const compile = (schema: unknown, depth: number): GrammarNode | undefined => {
    parts += 1;
    if (parts > mostParts)
      throw refuse(field, `a schema of at most ${mostParts} parts, references written out`, "a larger one");
    if (nesting >= deepestNesting)
      throw refuse(field, `a schema of at most ${deepestNesting} parts within each other`, "a deeper one");
    nesting += 1;
    const node = compilePart(schema, depth);
    nesting -= 1;
    return node;
  };

  const compilePart = (schema: unknown, depth: number): GrammarNode | undefined => {
    const checked = checkSchema(schema, field);
    if (checked === true) return any.value;
    if (checked === false) return undefined;
    const { $ref, allOf, anyOf, oneOf, ...base } = checked;
    if ($ref !== undefined) {
      const pointer = readPointer($ref, field);
      if (Object.keys(checked).every((key) => key === "$ref" || !limiting.has(key)))
        return compileRef(pointer, depth);
      if (depth === 0) return undefined;
      const { $ref: _, ...siblings } = checked;
      return compile(
        mergeSchemas(checkSchema(resolvePointer(root, pointer, field), field), siblings),
        depth - 1,
      );
    }
    if (allOf !== undefined) {
      const { allOf: _, ...rest } = checked;
      return compile(
        asList(allOf).reduce<Schema | boolean>(
          (merged, part) => mergeSchemas(merged, checkSchema(part, field)),
          rest,
        ),
        depth,
      );
    }
    if (anyOf !== undefined)
      return compileChoice({ ...base, ...(oneOf === undefined ? {} : { oneOf }) }, asList(anyOf), depth);
    if (oneOf !== undefined) return compileChoice(base, asList(oneOf), depth);
    return compilePlain(base, depth);
  };

  const compilePlain = (schema: Schema, depth: number): GrammarNode | undefined => {
    const types = typesOf(schema);
    const values = valuesOf(schema);
    if (values !== undefined) {
      const fitting = values.filter(
        (value) => types === undefined || types.some((type) => isOfType(value, type)),
      );
      return fitting.length === 0 ? undefined : literalChoice(fitting.map((value) => JSON.stringify(value)));
    }
    if (types === undefined) return any.value;
    const nodes = types.flatMap((type) => compileType(type, schema, depth) ?? []);
    return nodes.length === 0 ? undefined : choice(nodes);
  };

  const compileType = (type: unknown, schema: Schema, depth: number): GrammarNode | undefined => {
    switch (type) {
      case "object":
        return objectGrammar(compiler, schema, depth, any.object);
      case "array":
        return arrayGrammar(compiler, schema, depth);
      case "string":
        return stringGrammar(schema, limits.stringChars);
      case "integer":
        return integerGrammar(boundsOf(schema), limits.digits);
      case "number":
        return numberGrammar(boundsOf(schema), limits.digits, limits.decimals);
      case "boolean":
        return choice([text("true"), text("false")]);
      case "null":
        return text("null");
      default:
        throw refuse(field, "types of JSON Schema", JSON.stringify(type));
    }
  };

  const compiler: SchemaCompiler = { limits, compile };
  return compiler;
}

/** Keywords beside which a $ref is not the whole schema. */
const limiting: ReadonlySet<string> = new Set([
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "prefixItems",
  "anyOf",
  "oneOf",
  "allOf",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "nullable",
]);

function checkSchema(schema: unknown, field: string): Schema | boolean {
  if (typeof schema === "boolean" || isSchema(schema)) return schema;
  throw refuse(field, "a JSON Schema", JSON.stringify(schema));
}

function readPointer(ref: unknown, field: string): string {
  if (typeof ref === "string" && (ref === "#" || ref.startsWith("#/"))) return ref.slice(1);
  throw refuse(field, "a $ref within the schema (#/...)", JSON.stringify(ref));
}

function resolvePointer(root: unknown, pointer: string, field: string): unknown {
  let value = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name))
      throw refuse(field, "a $ref that leads to a part of the schema", JSON.stringify(`#${pointer}`));
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** As deep as references can lead without any being used twice. */
function countRefs(schema: unknown): number {
  const found = JSON.stringify(schema)?.match(/"\$ref":"[^"]*"/g) ?? [];
  return new Set(found).size;
}

function typesOf(schema: Schema): readonly unknown[] | undefined {
  const named = schema["type"] === undefined ? typesByKeywords(schema) : asList(schema["type"]);
  if (named === undefined) return undefined;
  return schema["nullable"] === true && !named.includes("null") ? [...named, "null"] : named;
}

/** Strictly such keywords say nothing of other types; who leaves the type out means it. */
function typesByKeywords(schema: Schema): readonly string[] | undefined {
  const has = (...keys: readonly string[]): boolean => keys.some((key) => schema[key] !== undefined);
  if (
    has("properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties")
  )
    return ["object"];
  if (has("items", "prefixItems", "minItems", "maxItems")) return ["array"];
  if (has("pattern", "minLength", "maxLength", "format")) return ["string"];
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) return ["number"];
  return undefined;
}

function valuesOf(schema: Schema): readonly unknown[] | undefined {
  if (schema["const"] !== undefined) return [schema["const"]];
  if (schema["enum"] === undefined) return undefined;
  return asList(schema["enum"]);
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isSchema(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** Both drafts' way of writing exclusive bounds: a number of its own, or `true` beside the bound. */
function boundsOf(schema: Schema): NumberBounds {
  const min = numberOf(schema, "minimum");
  const max = numberOf(schema, "maximum");
  const above = numberOf(schema, "exclusiveMinimum");
  const below = numberOf(schema, "exclusiveMaximum");
  const exclusiveMin =
    schema["exclusiveMinimum"] === true || (above !== undefined && above >= (min ?? -Infinity));
  const exclusiveMax =
    schema["exclusiveMaximum"] === true || (below !== undefined && below <= (max ?? Infinity));
  return {
    min: exclusiveMin ? (above ?? min) : min,
    max: exclusiveMax ? (below ?? max) : max,
    exclusiveMin,
    exclusiveMax,
  };
}

function refuse(field: string, expected: string, got: string): WeirError {
  return new WeirError(
    "INVALID_REQUEST",
    `${field} must be ${expected}, got ${got}. Correct it, or ask without enforcing it.`,
    { field },
  );
}
