import { text, type GrammarNode } from "./grammar-node.ts";
import { listOf, sequenceOf } from "./json-nodes.ts";
import { asList, countOf, type Schema, type SchemaCompiler } from "./schema-parts.ts";

/** Arrays of what a schema says of their items, or of just the items that it lists. */
export function arrayGrammar(
  compiler: SchemaCompiler,
  schema: Schema,
  depth: number,
): GrammarNode | undefined {
  const min = countOf(schema, "minItems", "up") ?? 0;
  const most = countOf(schema, "maxItems", "down") ?? Infinity;
  if (min > most) return undefined;
  const first = schema["prefixItems"] ?? (Array.isArray(schema["items"]) ? schema["items"] : undefined);
  if (first !== undefined) {
    const nodes = asList(first)
      .slice(0, most)
      .map((item) => compiler.compile(item, depth));
    if (nodes.every((node) => node !== undefined)) return sequenceOf("[", "]", nodes);
    return min === 0 ? text("[]") : undefined;
  }
  const item = compiler.compile(schema["items"] ?? true, depth);
  if (item === undefined) return min === 0 ? text("[]") : undefined;
  return listOf("[", "]", item, min, Math.min(most, Math.max(min, compiler.limits.items)));
}
