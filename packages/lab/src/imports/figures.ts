import { Histogram, toDistribution } from "@weir/stats";
import { isObject } from "../store/read-path.ts";
import { toolDefinitions } from "./definitions.ts";
import type {
  ImportedDefinition,
  ImportedDistribution,
  ImportedFigure,
  ImportedTool,
} from "./import-record.ts";

/** A distribution of what a tool worked out; what it did not is null. */
export function toGivenDistribution(given: Partial<ImportedDistribution>): ImportedDistribution {
  const none = {
    n: null,
    mean: null,
    min: null,
    p50: null,
    p90: null,
    p95: null,
    p99: null,
    p999: null,
    max: null,
  };
  return { ...none, ...given };
}

/** Worked out from each request's value, by the rules of a run; null without any. */
export function toOwnDistribution(values: readonly number[]): ImportedDistribution | null {
  const good = values.filter((value) => Number.isFinite(value) && value >= 0);
  if (good.length === 0) return null;
  const histogram = new Histogram();
  for (const value of good) histogram.record(value);
  return toDistribution(histogram);
}

/** A number that may stand in a file; null for anything else. */
export function toNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** As {@link toNumber}, of a field of an object. */
export function numberAt(value: unknown, name: string): number | null {
  return isObject(value) ? toNumber(value[name]) : null;
}

export function textAt(value: unknown, name: string): string | null {
  const found = isObject(value) ? value[name] : undefined;
  return typeof found === "string" && found !== "" ? found : null;
}

export function objectsAt(value: unknown, name: string): readonly Readonly<Record<string, unknown>>[] {
  const found = isObject(value) ? value[name] : undefined;
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** What a tool's figures mean, of those that there are. */
export function toDefinitions(
  tool: ImportedTool,
  from: Readonly<Partial<Record<ImportedFigure, ImportedDefinition["from"] | null>>>,
): Readonly<Partial<Record<ImportedFigure, ImportedDefinition>>> {
  const known = toolDefinitions[tool];
  const entries = (Object.keys(known) as ImportedFigure[]).flatMap((figure) => {
    const definition = known[figure];
    const source = from[figure];
    return definition === undefined || source === undefined || source === null
      ? []
      : [[figure, { ...definition, from: source }] as const];
  });
  return Object.fromEntries(entries);
}

/** Events in a time; null where either is unknown. */
export function toRate(count: number | null, ms: number | null): number | null {
  return count === null || ms === null || ms <= 0 ? null : (count / ms) * 1000;
}

export function toWindow(ms: number | null): { readonly startMs: number; readonly endMs: number } | null {
  return ms === null ? null : { startMs: 0, endMs: ms };
}

/** Counts of failures by a word each, in the shape that a run has them. */
export function toByKind(
  kinds: Iterable<string | readonly [string, number]>,
): Record<string, { count: number }> {
  const byKind = new Map<string, number>();
  for (const each of kinds) {
    const [kind, count] = typeof each === "string" ? ([each, 1] as const) : each;
    // A failure's text may be a page of HTML.
    const name = kind.split("\n", 1)[0]!.slice(0, 120);
    byKind.set(name, (byKind.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...byKind].map(([kind, count]) => [kind, { count }]));
}
