import type { KnownServer, SeriesChoice, TimeChoice } from "./known-metrics.ts";
import { growthOf, rowsWithin, type MetricColumn, type MetricRow } from "./metrics-log.ts";
import type { Span } from "./process-series.ts";
import type { MetricFigures, MetricLevel, ServerTime } from "./server-record.ts";

/**
 * Reads the metrics of a kind of server over a window.
 * @param completed requests that the load completed, for servers that count none
 */
export function readMetrics(
  server: KnownServer,
  columns: readonly MetricColumn[],
  allRows: readonly MetricRow[],
  window: Span,
  completed: number,
): MetricFigures {
  const rows = rowsWithin(allRows, window);
  const growth = (choice: SeriesChoice | undefined, suffix = ""): number | null =>
    sumOf(columns, choice, suffix, (place) => growthOf(rows, place));
  const counted =
    server.request?.isHistogram === true ? growth(server.request, "_count") : growth(server.requests);
  const requests = counted ?? completed;
  const time = (choice: TimeChoice | undefined): ServerTime | null => {
    if (choice === undefined || requests <= 0) return null;
    const sum = growth(choice, choice.isHistogram ? "_sum" : "");
    if (sum === null) return null;
    const quantile = (share: number): number | null =>
      choice.isHistogram ? quantileOf(columns, rows, choice, share) : null;
    return { mean: (sum * choice.unitMs) / requests, p50: quantile(0.5), p95: quantile(0.95) };
  };
  const model = (server.model ?? []).map(time).filter((one) => one !== null);
  const ratio = (part: number | null, whole: number | null): number | null =>
    part === null || whole === null || whole <= 0 ? null : part / whole;
  return {
    requests: counted,
    timesMs: {
      request: time(server.request),
      queue: time(server.queue),
      model:
        model.length === 0
          ? null
          : {
              ...model[0]!,
              mean: model.reduce((sum, one) => sum + one.mean, 0),
              ...(model.length > 1 && unknownShape),
            },
      firstToken: time(server.firstToken),
    },
    levels: {
      waiting: levelOf(columns, rows, server.waiting),
      running: levelOf(columns, rows, server.running),
      cacheUse: levelOf(columns, rows, server.cacheUse, meanIn),
    },
    batch: ratio(growth(server.batch?.inputs), growth(server.batch?.batches)),
    cacheHitShare: ratio(growth(server.cacheHits) ?? 0, growth(server.cacheLookups)),
  };
}

const unknownShape = { p50: null, p95: null };

/** Places of the columns that a choice means. */
export function placesOf(
  columns: readonly MetricColumn[],
  choice: SeriesChoice | undefined,
  suffix = "",
): number[] {
  if (choice === undefined) return [];
  const names = new Set(choice.names.map((name) => name + suffix));
  return columns.flatMap(({ name, labels }, place) =>
    names.has(name) && choice.where?.(labels) !== false ? [place] : [],
  );
}

function sumOf(
  columns: readonly MetricColumn[],
  choice: SeriesChoice | undefined,
  suffix: string,
  read: (place: number) => number,
): number | null {
  const places = placesOf(columns, choice, suffix);
  return places.length === 0 ? null : places.reduce((sum, place) => sum + read(place), 0);
}

function levelOf(
  columns: readonly MetricColumn[],
  rows: readonly MetricRow[],
  choice: SeriesChoice | undefined,
  read: typeof levelIn = levelIn,
): MetricLevel | null {
  const places = placesOf(columns, choice);
  const levels = rows.map((row) => read(row, places)).filter((level) => !Number.isNaN(level));
  if (levels.length === 0) return null;
  return { mean: levels.reduce((sum, level) => sum + level, 0) / levels.length, max: Math.max(...levels) };
}

/** A share of several, engines of one server say, is their mean. */
function meanIn(row: MetricRow, places: readonly number[]): number {
  return (
    levelIn(row, places) / places.filter((place) => !Number.isNaN(row.values[place] ?? Number.NaN)).length
  );
}

/** A gauge at one look, added up over its labels; not a number where it was not there. */
export function levelIn({ values }: MetricRow, places: readonly number[]): number {
  const there = places.map((place) => values[place] ?? Number.NaN).filter((value) => !Number.isNaN(value));
  return there.length === 0 ? Number.NaN : there.reduce((sum, value) => sum + value, 0);
}

/** A quantile of a histogram's growth, as Prometheus' histogram_quantile: even within a bucket. Null where it cannot be told. */
function quantileOf(
  columns: readonly MetricColumn[],
  rows: readonly MetricRow[],
  choice: TimeChoice,
  share: number,
): number | null {
  const buckets = new Map<number, number>();
  for (const place of placesOf(columns, choice, "_bucket")) {
    const bound = toBound(columns[place]!.labels["le"]);
    buckets.set(bound, (buckets.get(bound) ?? 0) + growthOf(rows, place));
  }
  return histogramQuantile([...buckets], share, choice.unitMs);
}

function toBound(le: string | undefined): number {
  return le === undefined || /^\+?inf$/i.test(le) ? Infinity : Number(le);
}

/** @param buckets upper bounds, each with how many were at or below it */
export function histogramQuantile(
  buckets: readonly (readonly [bound: number, count: number])[],
  share: number,
  unit = 1,
): number | null {
  const sorted = buckets.toSorted(([one], [other]) => one - other);
  const [lastBound, all] = sorted.at(-1) ?? [0, 0];
  if (lastBound !== Infinity || all <= 0) return null;
  const rank = share * all;
  const at = sorted.findIndex(([, count]) => count >= rank);
  const [bound, count] = sorted[at]!;
  // Beyond the last bound it is only known that it is longer.
  if (bound === Infinity) return null;
  const [lower, below] = at === 0 ? [0, 0] : sorted[at - 1]!;
  return unit * (lower + ((bound - lower) * (rank - below)) / Math.max(1e-12, count - below));
}
