import { isObject } from "../store/read-path.ts";
import {
  numberAt,
  objectsAt,
  textAt,
  toByKind,
  toDefinitions,
  toGivenDistribution,
  toNumber,
  toOwnDistribution,
  toRate,
  toWindow,
} from "./figures.ts";
import type { ForeignFigure, ImportedDistribution, ParsedImport } from "./import-record.ts";
import { refuseSource, type ImportSource } from "./import-source.ts";
import { parseCsvLine } from "./parse-csv.ts";

const others: Readonly<Record<string, string>> = {
  http_req_waiting: "from the request sent to the first byte of the answer: of a stream not its first token",
  http_req_connecting: "to connect",
  iteration_duration: "an iteration of the script, pauses and checks among it",
};
const tool = "k6";
const nothingKnown = {
  version: null,
  url: null,
  workload: "http",
  model: null,
  ratePerSecond: null,
} as const;

/** The summary of `--new-machine-readable-summary` in the shape of the one before it. */
export function toOlderSummary(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = objectsAt(value["results"], "metrics").map((metric) => {
    const values = isObject(metric["values"]) ? metric["values"] : {};
    const renamed = Object.entries(values).map(([name, figure]) => [
      name === "matches" ? "passes" : name.replace(/^p(\d.*)$/, "p($1)"),
      figure,
    ]);
    return [textAt(metric, "name") ?? "", { values: Object.fromEntries(renamed) as object }] as const;
  });
  const seconds = numberAt(value["config"], "duration");
  return {
    metrics: Object.fromEntries(entries),
    state: { testRunDurationMs: seconds === null ? null : seconds * 1000 },
    metadata: value["metadata"],
  };
}

/** `--summary-export`, or what handleSummary() is given, as JSON. */
export function parseK6Summary(source: ImportSource, value: Readonly<Record<string, unknown>>): ParsedImport {
  const { metrics } = value;
  if (!isObject(metrics) || !isObject(metrics["http_reqs"]))
    throw refuseSource(source, tool, "expected the metric http_reqs, got a summary without HTTP requests");
  // What handleSummary() is given has the figures of a metric one level down.
  const figuresOf = (name: string): unknown => {
    const metric = metrics[name];
    return isObject(metric) && isObject(metric["values"]) ? metric["values"] : metric;
  };
  const requests = numberAt(figuresOf("http_reqs"), "count") ?? 0;
  // "passes" of a rate are its true values: of http_req_failed those that failed.
  const failed = numberAt(figuresOf("http_req_failed"), "passes");
  const completed = failed === null ? null : requests - failed;
  const state = value["state"];
  const perSecond = numberAt(figuresOf("http_reqs"), "rate");
  const durationMs =
    numberAt(state, "testRunDurationMs") ??
    (perSecond === null || perSecond === 0 ? null : (requests / perSecond) * 1000);
  const expected = figuresOf("http_req_duration{expected_response:true}");
  const service = isObject(expected)
    ? toDistribution(expected, completed)
    : failed === 0
      ? toDistribution(figuresOf("http_req_duration"), requests)
      : null;
  const notes = [
    ...(service === null
      ? ["The file has no times of good requests alone, and those of failed ones are never mixed with them."]
      : []),
    ...(failed === null ? ["The file does not say how many requests failed."] : []),
  ];
  const rate = toRate(completed, durationMs);
  return {
    ...nothingKnown,
    tool,
    version: textAt(value["metadata"], "k6_version"),
    format: isObject(state) ? "k6 handleSummary()" : "k6 --summary-export",
    startedAt: null,
    users: numberAt(figuresOf("vus"), "max"),
    summary: summarise({ completed, failed, durationMs, service, kinds: {} }),
    definitions: toDefinitions(tool, {
      service: service && "file",
      throughput: rate === null ? null : "file",
      failed: failed === null ? null : "file",
    }),
    others: Object.entries(others).flatMap(([name, meaning]): ForeignFigure[] => {
      const values = toDistribution(figuresOf(name), null);
      return values === null ? [] : [{ name, meaning, unit: "ms", values }];
    }),
    notes,
  };
}

function toDistribution(given: unknown, n: number | null): ImportedDistribution | null {
  if (numberAt(given, "avg") === null || n === 0) return null;
  return toGivenDistribution({
    n: numberAt(given, "count") ?? n,
    mean: numberAt(given, "avg"),
    min: numberAt(given, "min"),
    p50: numberAt(given, "med") ?? numberAt(given, "p(50)"),
    p90: numberAt(given, "p(90)"),
    p95: numberAt(given, "p(95)"),
    p99: numberAt(given, "p(99)"),
    p999: numberAt(given, "p(99.9)"),
    max: numberAt(given, "max"),
  });
}

interface Totals {
  readonly completed: number | null;
  readonly failed: number | null;
  readonly durationMs: number | null;
  readonly service: ImportedDistribution | null;
  readonly kinds: Record<string, { count: number }>;
}

function summarise({ completed, failed, durationMs, service, kinds }: Totals): ParsedImport["summary"] {
  const rate = toRate(completed, durationMs);
  return {
    completed,
    failed: { total: failed, byKind: kinds },
    cutOff: null,
    window: toWindow(durationMs),
    requestsPerSecond: rate,
    units: completed === null ? null : { kind: "requests", total: completed, perSecond: rate },
    latencyMs: { service },
    ttftMs: null,
    tpotMs: null,
    chunkGapMs: null,
    tokens: null,
  };
}

interface Point {
  readonly metric: string;
  readonly atMs: number;
  readonly value: number;
  readonly expected: boolean;
  readonly status: string;
  readonly url: string | null;
}

/** `--out json=` and `--out csv=`: a line for each value that was measured. */
export async function parseK6Points(source: ImportSource): Promise<ParsedImport> {
  const isCsv = source.head.startsWith("metric_name,");
  const columns = isCsv ? parseCsvLine(source.head.split(/\r?\n/, 1)[0]!) : [];
  const good: number[] = [];
  const kinds: string[] = [];
  const waiting: number[] = [];
  let [startMs, endMs, users, line] = [Infinity, -Infinity, 0, 0];
  let url: string | null = null;
  for await (const text of source.readLines()) {
    line += 1;
    if (text === "" || (isCsv && line === 1)) continue;
    const point = isCsv ? toCsvPoint(columns, text) : toJsonPoint(text);
    if (point === undefined)
      throw refuseSource(
        source,
        tool,
        `expected a value of a metric in line ${line}, got ${JSON.stringify(text.slice(0, 60))}. It may have been cut off`,
      );
    if (point === "metric") continue;
    if (point.metric === "vus") users = Math.max(users, point.value);
    if (point.metric === "http_req_waiting" && point.expected) waiting.push(point.value);
    if (point.metric !== "http_req_duration") continue;
    startMs = Math.min(startMs, point.atMs - point.value);
    endMs = Math.max(endMs, point.atMs);
    url ??= point.url;
    if (point.expected) good.push(point.value);
    else kinds.push(point.status === "0" ? "no answer" : `status ${point.status}`);
  }
  if (good.length + kinds.length === 0)
    throw refuseSource(source, tool, "expected values of http_req_duration, got none");
  // A CSV has whole seconds.
  const durationMs = isCsv ? null : endMs - startMs;
  const service = toOwnDistribution(good);
  const first = toOwnDistribution(waiting);
  return {
    ...nothingKnown,
    tool,
    format: isCsv ? "k6 --out csv" : "k6 --out json",
    startedAt: new Date(startMs),
    url: url === null || !URL.canParse(url) ? null : new URL(url).origin,
    users: users === 0 ? null : users,
    summary: summarise({
      completed: good.length,
      failed: kinds.length,
      durationMs,
      service,
      kinds: toByKind(kinds),
    }),
    definitions: toDefinitions(tool, {
      service: service && "rows",
      throughput: durationMs === null ? null : "rows",
      failed: "rows",
    }),
    others:
      first === null
        ? []
        : [{ name: "http_req_waiting", meaning: others["http_req_waiting"]!, unit: "ms", values: first }],
    notes: isCsv ? ["A CSV of k6 has times in whole seconds: it says no throughput."] : [],
  };
}

/** `metric` for a line that only names one; undefined for what is neither. */
function toJsonPoint(text: string): Point | "metric" | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  if (value["type"] === "Metric") return "metric";
  const { data } = value;
  const [metric, number, time] = [textAt(value, "metric"), numberAt(data, "value"), textAt(data, "time")];
  if (metric === null || number === null || time === null || !isObject(data)) return undefined;
  const { tags } = data;
  const expected = textAt(tags, "expected_response") === "true";
  return {
    metric,
    atMs: Date.parse(time),
    value: number,
    expected,
    status: textAt(tags, "status") ?? "0",
    url: textAt(tags, "url"),
  };
}

function toCsvPoint(columns: readonly string[], text: string): Point | undefined {
  const fields = parseCsvLine(text);
  const at = (name: string): string => fields[columns.indexOf(name)] ?? "";
  const value = toNumber(Number(at("metric_value")));
  if (fields.length !== columns.length || value === null) return undefined;
  return {
    metric: at("metric_name"),
    atMs: Number(at("timestamp")) * 1000,
    value,
    expected: at("expected_response") === "true",
    status: at("status") || "0",
    url: at("url") || null,
  };
}
