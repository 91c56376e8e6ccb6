import { parseSeriesName, type Exposition, type SeriesName } from "./parse-exposition.ts";
import type { Span } from "./process-series.ts";
import { ThinnedList } from "./thinned-list.ts";

/** One series over a run. */
export interface MetricColumn extends SeriesName {
  readonly series: string;
  /** What only grows, and is read by its differences. */
  readonly isCounter: boolean;
}

/** One look at the metrics. */
export interface MetricRow {
  readonly atMs: number;
  /** By column; not a number, or beyond the end, where it was not there. */
  readonly values: readonly number[];
}

// A thousand columns of six hundred rows are 5 MB of numbers.
const mostRows = 600;
const mostColumns = 1000;
/** Series that nothing is known of leave room for those of which something is. */
const mostOthers = 500;

/** Keeps what a server's metrics were over a run: their number of rows and columns is bounded. */
export class MetricsLog {
  readonly #rows = new ThinnedList<MetricRow>(mostRows);
  readonly #places = new Map<string, number>();
  readonly #columns: MetricColumn[] = [];
  readonly #isKnown: (name: string) => boolean;
  #others = 0;
  #dropped = new Set<string>();

  /** @param isKnown whether something is known of a series of this name: of others no histogram's buckets are kept */
  constructor(isKnown: (name: string) => boolean) {
    this.#isKnown = isKnown;
  }

  get columns(): readonly MetricColumn[] {
    return this.#columns;
  }

  get rows(): readonly MetricRow[] {
    return this.#rows.items;
  }

  add(atMs: number, { samples, types }: Exposition, isLast: boolean): void {
    const values: number[] = Array.from({ length: this.#columns.length }, () => Number.NaN);
    for (const [series, value] of samples) {
      const place = this.#places.get(series) ?? this.#addColumn(series, types);
      if (place !== undefined) values[place] = value;
    }
    this.#rows.add({ atMs, values }, isLast);
  }

  #addColumn(series: string, types: ReadonlyMap<string, string>): number | undefined {
    if (this.#dropped.has(series)) return undefined;
    const split = parseSeriesName(series);
    const known = this.#isKnown(split.name);
    const room = this.#columns.length < mostColumns && (known || this.#others < mostOthers);
    if (!room || (!known && split.name.endsWith("_bucket"))) {
      if (this.#dropped.size < 10 * mostColumns) this.#dropped.add(series);
      return undefined;
    }
    if (!known) this.#others += 1;
    const place = this.#columns.length;
    this.#columns.push({ series, ...split, isCounter: isCounter(split.name, types) });
    this.#places.set(series, place);
    return place;
  }
}

function isCounter(name: string, types: ReadonlyMap<string, string>): boolean {
  const [, family = name, suffix] = /^(.*)_(total|sum|count|bucket)$/.exec(name) ?? [];
  const type = types.get(name) ?? types.get(family);
  if (type === "counter") return true;
  if (type === "gauge") return false;
  if (type === "histogram" || type === "summary") return suffix !== undefined;
  // Without a type, names must do.
  return suffix !== undefined;
}

/** Rows from the one nearest to a window's start to the last one. */
export function rowsWithin(rows: readonly MetricRow[], { startMs }: Span): readonly MetricRow[] {
  let first = 0;
  for (const [index, { atMs }] of rows.entries())
    if (Math.abs(atMs - startMs) < Math.abs(rows[first]!.atMs - startMs)) first = index;
  return rows.slice(first);
}

/** How much a counter grew over rows. One that was set back, as its server began anew, counts on from nothing. */
export function growthOf(rows: readonly MetricRow[], place: number): number {
  let growth = 0;
  let before: number | undefined;
  for (const { values } of rows) {
    const value = values[place] ?? Number.NaN;
    if (Number.isNaN(value)) {
      // A label's series begins with its first count.
      before ??= 0;
      continue;
    }
    if (before !== undefined) growth += value >= before ? value - before : value;
    before = value;
  }
  return growth;
}
