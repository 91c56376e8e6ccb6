import type { GrammarLimits } from "./grammar-limits.ts";
import type { GrammarNode } from "./grammar-node.ts";

/** A JSON Schema that is not just `true` or `false`. */
export type Schema = Readonly<Record<string, unknown>>;

/** Makes grammars of the parts of a schema. */
export interface SchemaCompiler {
  readonly limits: GrammarLimits;
  /** Undefined: no value meets it whose references lead at most `depth` deep. */
  readonly compile: (schema: unknown, depth: number) => GrammarNode | undefined;
}

export function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function numberOf(schema: Schema, key: string): number | undefined {
  const value = schema[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A count such as `minItems`; what is no whole number from 0 on means the next one that is. */
export function countOf(schema: Schema, key: string, round: "up" | "down"): number | undefined {
  const value = numberOf(schema, key);
  if (value === undefined) return undefined;
  return round === "up" ? Math.max(0, Math.ceil(value)) : Math.floor(value);
}
