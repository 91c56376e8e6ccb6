import { growthOf, type MetricColumn, type MetricRow } from "./metrics-log.ts";

/** A server's metrics over a run, as they are kept: what did not change is left out, or there once. */
export interface MetricSeries {
  /** When they were read, in milliseconds from the run's start. */
  readonly atMs: readonly number[];
  /** By series, how much each grew since the reading before; the first is 0. */
  readonly counters: Readonly<Record<string, readonly number[]>>;
  /** By series, what each was; null where it was not there. */
  readonly gauges: Readonly<Record<string, readonly (number | null)[]>>;
  /** Gauges that stayed what they were. */
  readonly constant: Readonly<Record<string, number>>;
}

/** Histograms' buckets are left out: their sums and counts are there. */
export function toMetricSeries(columns: readonly MetricColumn[], rows: readonly MetricRow[]): MetricSeries {
  const counters: Record<string, number[]> = {};
  const gauges: Record<string, (number | null)[]> = {};
  const constant: Record<string, number> = {};
  for (const [place, { series, name, isCounter }] of columns.entries()) {
    if (isCounter) {
      if (name.endsWith("_bucket")) continue;
      const growth = rows.map((_, index) =>
        index === 0 ? 0 : toPrecise(growthOf(rows.slice(index - 1, index + 1), place)),
      );
      if (growth.some((value) => value !== 0)) counters[series] = growth;
      continue;
    }
    const values = rows.map((row) => toLevel(row.values[place]));
    const [first] = values;
    if (first !== undefined && first !== null && values.every((value) => value === first))
      constant[series] = first;
    else gauges[series] = values;
  }
  return { atMs: rows.map(({ atMs }) => Math.round(atMs)), counters, gauges, constant };
}

function toLevel(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : toPrecise(value);
}

// Differences of sums have noise in their last digits.
function toPrecise(value: number): number {
  return Number(value.toPrecision(9));
}
