import type { LoadResult, Slice } from "@weir/load";
import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import { attributeTime, type ServerTimes } from "./attribute-time.ts";
import { findKnownServer, type SeriesChoice } from "./known-metrics.ts";
import type { MetricsLog } from "./metrics-log.ts";
import { summariseProcesses, toProcessRows, type ProcessRow } from "./process-series.ts";
import { toMetricSeries, type MetricSeries } from "./metric-series.ts";
import { levelIn, placesOf, readMetrics } from "./read-metrics.ts";
import { findTogether, type SecondSeries } from "./rise-together.ts";
import type { RecordedMetrics, RecordedProcess, RecordedServer, RecordedWhere } from "./server-record.ts";
import type { TreeReading } from "./tree-totals.ts";

/** What was seen of a server while a run went; times are `performance.now()`. */
export interface ServerSightings {
  readonly process: Pick<RecordedProcess, "pids" | "name" | "source"> | undefined;
  readonly readings: readonly TreeReading[];
  readonly scraper:
    | (Pick<RecordedMetrics, "url" | "looks" | "failedLooks" | "everyMs"> & {
        readonly log: Pick<MetricsLog, "columns" | "rows">;
      })
    | undefined;
  /** When the run began. */
  readonly startMs: number;
  readonly notes: readonly string[];
}

/** The server's side of a run, and what of it goes to server.json. */
export interface ServerObservation {
  readonly server: RecordedServer;
  readonly processes: readonly ProcessRow[];
  readonly metrics: MetricSeries | null;
}

const sliceMs = 1000;

/** Puts what was seen of a server beside what its load measured. */
export function observe(seen: ServerSightings, result: LoadResult): ServerObservation {
  const { startMs } = seen;
  const inRun = <Timed extends { readonly atMs: number }>(items: readonly Timed[]): Timed[] =>
    items.map((item) => ({ ...item, atMs: item.atMs - startMs }));
  const readings = inRun(seen.readings);
  const figures = seen.process === undefined ? undefined : summariseProcesses(readings, result.window);
  const process = figures === undefined ? null : { ...seen.process!, ...figures };
  const processes = process === null ? [] : toProcessRows(readings, result.window.endMs, sliceMs);
  const rows = inRun(seen.scraper?.log.rows ?? []);
  const metrics = readScraped(seen, rows, result);
  const { where, notes } = divideTime(result, metrics);
  return {
    server: {
      process,
      metrics,
      where,
      together: findTogether(toSeconds(result, meanOfSlice), [
        ...levelsOf(seen, rows, result),
        ...usesOf(processes, result),
      ]),
      series:
        processes.length + rows.length === 0
          ? null
          : { rows: Math.max(processes.length, rows.length), everyMs: sliceMs },
      notes: [...seen.notes, ...describeOthers(metrics, result), ...notes],
    },
    processes,
    metrics: seen.scraper === undefined ? null : toMetricSeries(seen.scraper.log.columns, rows),
  };
}

function toSeconds({ slices, window }: LoadResult, read: (slice: Slice) => number): number[] {
  return slices
    .filter(({ startMs }) => startMs >= window.startMs && startMs + sliceMs <= window.endMs)
    .map(read);
}

function meanOfSlice({ responseMs }: Slice): number {
  return responseMs === null ? Number.NaN : (toDistribution(Histogram.decode(responseMs)).mean ?? Number.NaN);
}

function usesOf(processes: readonly ProcessRow[], result: LoadResult): SecondSeries[] {
  const byStart = new Map(processes.map((row) => [row.startMs, row]));
  const use = (what: string, read: (row: ProcessRow) => number): SecondSeries => ({
    what,
    values: toSeconds(result, ({ startMs }) => {
      const row = byStart.get(startMs);
      return row === undefined ? Number.NaN : read(row);
    }),
  });
  return [
    use("the server held more memory", ({ rssBytes }) => rssBytes),
    use("the server used more processor time", ({ cpuCores }) => cpuCores),
    use("the server had more threads", ({ threads }) => threads),
  ];
}

function levelsOf(
  { scraper }: ServerSightings,
  rows: MetricsLog["rows"],
  result: LoadResult,
): SecondSeries[] {
  const columns = scraper?.log.columns ?? [];
  const known = findKnownServer(new Set(columns.map(({ name }) => name)));
  const level = (what: string, choice: SeriesChoice | undefined): SecondSeries => {
    const places = placesOf(columns, choice);
    const bySecond = new Map(rows.map((row) => [Math.floor(row.atMs / sliceMs), levelIn(row, places)]));
    return {
      what,
      values: toSeconds(result, ({ startMs }) => bySecond.get(startMs / sliceMs) ?? Number.NaN),
    };
  };
  return [
    level("more requests waited in the server", known?.waiting),
    level("the server computed more requests at a time", known?.running),
    level("more of the KV cache was in use", known?.cacheUse),
  ];
}

function readScraped(
  { scraper }: ServerSightings,
  rows: MetricsLog["rows"],
  { window, counts }: LoadResult,
): RecordedMetrics | null {
  if (scraper === undefined) return null;
  const { url, looks, failedLooks, everyMs, log } = scraper;
  const base = { url, looks, failedLooks, everyMs };
  const known = findKnownServer(new Set(log.columns.map(({ name }) => name)));
  if (known === undefined) return { ...base, software: null, ...nothingRead };
  return {
    ...base,
    software: known.software,
    ...readMetrics(known, log.columns, rows, window, counts.completed),
  };
}

const nothingRead: Omit<RecordedMetrics, "url" | "looks" | "failedLooks" | "everyMs" | "software"> = {
  requests: null,
  timesMs: { request: null, queue: null, model: null, firstToken: null },
  levels: { waiting: null, running: null, cacheUse: null },
  batch: null,
  cacheHitShare: null,
};

/** What was in flight when the first look was taken, and a health probe or two. */
const strangersShare = 0.1;
const fewRequests = 20;

function describeOthers(metrics: RecordedMetrics | null, { counts, retries }: LoadResult): string[] {
  const counted = metrics?.requests ?? null;
  const sent = counts.sent + (retries?.attempts ?? 0);
  if (counted === null || counted <= sent + counts.cutOff + Math.max(fewRequests, strangersShare * sent))
    return [];
  return [
    `the server counted ${Math.round(counted).toLocaleString("en-US")} requests while this run sent ${sent.toLocaleString("en-US")}: others used it too, and its metrics are of all of them.`,
  ];
}

function divideTime(
  result: LoadResult,
  metrics: RecordedMetrics | null,
): { readonly where: RecordedWhere | null; readonly notes: readonly string[] } {
  const { latencyMs, streams, counts } = result;
  const responseMs = latencyMs.response.mean ?? meanOfCompleted(result, (slice) => slice.responseMs);
  const serviceMs = latencyMs.service.mean ?? meanOfCompleted(result, (slice) => slice.serviceMs);
  if (responseMs === null || serviceMs === null) return { where: null, notes: [] };
  const headers = {
    serverMs: endsAtHead(streams) ? null : meanOfMost(streams.serverMs, counts.completed),
    queueMs: meanOfMost(streams.serverQueueMs, counts.completed),
    modelMs: meanOfMost(streams.serverInferenceMs, counts.completed),
  };
  const { request, queue, model } = metrics?.timesMs ?? {};
  const scraped: ServerTimes = {
    serverMs: request?.mean ?? null,
    queueMs: queue?.mean ?? null,
    modelMs: model?.mean ?? null,
  };
  return attributeTime({ responseMs, serviceMs, headers, metrics: scraped });
}

/** Where requests were cut off with the run, the distributions know a least mean only; a server speaks of those completed. */
function meanOfCompleted(result: LoadResult, read: (slice: Slice) => Slice["responseMs"]): number | null {
  const whole = new Histogram();
  for (const slice of result.slices) {
    const encoded = slice.startMs >= result.window.startMs ? read(slice) : null;
    if (encoded !== null) whole.merge(Histogram.decode(encoded));
  }
  return toDistribution(whole).mean;
}

/** Whether the time that streams say of themselves is the one up to their head, which leaves before most of the work. */
function endsAtHead({ ttftMs, serverMs }: LoadResult["streams"]): boolean {
  const firstMs = ttftMs?.mean ?? null;
  return firstMs !== null && (serverMs?.mean ?? 0) <= firstMs * headTolerance;
}

const headTolerance = 1.05;

const mostAnswers = 0.9;

/** Null where too few answers said it to speak for all. */
function meanOfMost(times: Distribution | null, completed: number): number | null {
  return times === null || times.n < mostAnswers * completed ? null : times.mean;
}
