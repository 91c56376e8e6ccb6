import { alignTable } from "./align-table.ts";
import type { JsonSchema } from "./json-schema.ts";

/** A field of a record, as the reference has it. */
interface FieldRow {
  readonly path: string;
  readonly type: string;
  readonly unit: string;
  readonly meaning: string;
}

/**
 * Every field of a published schema as tables of Markdown: one for the record, one for each part that it has in several
 * places (`distribution`, say).
 */
export function describeSchema(name: string, schema: JsonSchema): string {
  const parts = Object.entries(schema.definitions ?? {}).filter(([part]) => hasFields(schema, part));
  const sections = [
    `## ${name}`,
    ...(schema.description === undefined ? [] : [schema.description]),
    describeRows(listFields(schema, schema, name)),
    ...parts.map(([part, definition]) =>
      [
        `### ${name}: ${part}`,
        ...(definition.description === undefined ? [] : [definition.description]),
        describeRows(listFields(definition, schema, name)),
      ].join("\n\n"),
    ),
  ];
  return sections.join("\n\n");
}

function describeRows(rows: readonly FieldRow[]): string {
  return alignTable(
    ["field", "type", "unit", "meaning"],
    rows.map(({ path, type, unit, meaning }) => [`\`${path}\``, type, unit, meaning]),
  );
}

function listFields(
  schema: JsonSchema,
  root: JsonSchema,
  name: string,
  above: { readonly path: string; readonly unit: string } = { path: "", unit: "" },
): FieldRow[] {
  const rows: FieldRow[] = [];
  const seen = new Set<string>();
  for (const [field, value] of fieldsOf(schema)) {
    const path = above.path === "" ? field : `${above.path}.${field}`;
    // Variants of a union share fields.
    if (seen.has(path)) continue;
    seen.add(path);
    const referred = resolve(value, root);
    const part = partOf(value, root);
    const many = referred.items === undefined ? undefined : resolve(referred.items, root);
    const manyPart = referred.items === undefined ? undefined : partOf(referred.items, root);
    const meaning = value.description ?? (part === undefined ? referred.description : undefined) ?? "";
    const unit = unitOf(field) ?? above.unit;
    const showsUnit = isQuantity(referred, many, root);
    rows.push({ path, type: describeType(value, root, name), unit: showsUnit ? unit : "", meaning });
    if (part === undefined) rows.push(...listFields(referred, root, name, { path, unit }));
    if (many !== undefined && manyPart === undefined)
      rows.push(...listFields(many, root, name, { path: `${path}[]`, unit }));
  }
  const { additionalProperties } = schema;
  if (typeof additionalProperties === "object" && partOf(additionalProperties, root) === undefined)
    rows.push(
      ...listFields(resolve(additionalProperties, root), root, name, { ...above, path: `${above.path}.*` }),
    );
  return rows;
}

function fieldsOf(schema: JsonSchema): [string, JsonSchema][] {
  const all = [...variantsOf(schema), ...(schema.allOf ?? [])];
  return [...Object.entries(schema.properties ?? {}), ...all.flatMap(fieldsOf)];
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const only = onlyVariant(schema);
  if (schema.$ref === undefined && only !== undefined) return resolve(only, root);
  return schema.$ref === undefined ? schema : (root.definitions?.[toPart(schema.$ref)] ?? schema);
}

const toPart = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

function variantsOf({ oneOf = [], anyOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [...oneOf, ...anyOf];
}

const isNull = ({ type }: JsonSchema): boolean => type === "null";

/** What a schema says that is something or null. */
function onlyVariant(schema: JsonSchema): JsonSchema | undefined {
  const variants = variantsOf(schema).filter((variant) => !isNull(variant));
  return variants.length === 1 ? variants[0] : undefined;
}

/** The name of a definition with a table of its own, where a schema refers to one. */
function partOf(schema: JsonSchema, root: JsonSchema): string | undefined {
  const ref = schema.$ref ?? onlyVariant(schema)?.$ref;
  if (ref === undefined) return undefined;
  return hasFields(root, toPart(ref)) ? toPart(ref) : undefined;
}

function hasFields(root: JsonSchema, part: string): boolean {
  const definition = root.definitions?.[part];
  return definition !== undefined && fieldsOf(definition).length > 0;
}

function describeType(schema: JsonSchema, root: JsonSchema, name: string): string {
  const part = partOf(schema, root);
  const variants = variantsOf(schema);
  const nullable = variants.some(isNull) ? " or null" : "";
  if (part !== undefined) return `[${part}](#${name}-${part.toLowerCase()})${nullable}`;
  const referred = schema.$ref === undefined ? undefined : root.definitions?.[toPart(schema.$ref)];
  if (referred !== undefined) return describeType(referred, root, name);
  const kinds = variants.filter((variant) => !isNull(variant));
  if (kinds.length > 1) return kinds.map((kind) => describeType(kind, root, name)).join(", ") + nullable;
  const { const: only, enum: choices, type, items, additionalProperties } = resolve(schema, root);
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (choices !== undefined) return choices.map((choice) => `\`${String(choice)}\``).join(", ") + nullable;
  const types = typeof type === "string" ? [type] : (type ?? ["any"]);
  const words = types.map((each) => {
    if (each === "array" && items !== undefined) return `list of ${describeType(items, root, name)}`;
    if (each === "object" && typeof additionalProperties === "object")
      return `object of ${describeType(additionalProperties, root, name)} by name`;
    return each;
  });
  return words.join(" or ") + nullable;
}

const units: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/Ms$/, "ms"],
  [/Us$/, "µs"],
  [/[bB]ytes$/, "bytes"],
  [/PerSecond$/, "per second"],
  [/[sS]hare$|Busy$/, "0 to 1"],
];

function unitOf(field: string): string | undefined {
  return units.find(([ending]) => ending.test(field))?.[1];
}

/** Counts have no unit, whatever the object is called that they stand in. */
function isQuantity(schema: JsonSchema, many: JsonSchema | undefined, root: JsonSchema): boolean {
  const types = [schema.type, many?.type].flat();
  return types.includes("number") || (schema.properties !== undefined && schema !== root);
}
