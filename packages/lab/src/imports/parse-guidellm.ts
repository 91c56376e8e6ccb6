import { isObject } from "../store/read-path.ts";
import {
  numberAt,
  objectsAt,
  textAt,
  toByKind,
  toDefinitions,
  toGivenDistribution,
  toOwnDistribution,
  toRate,
  toWindow,
} from "./figures.ts";
import type { ForeignFigure, ImportedDistribution, ParsedImport } from "./import-record.ts";
import { refuseSource, type ImportSource } from "./import-source.ts";

const tool = "guidellm";

/** Each benchmark of a benchmarks.json is a measurement by itself: a sweep has several. */
export function parseGuidellm(
  source: ImportSource,
  value: Readonly<Record<string, unknown>>,
): readonly ParsedImport[] {
  const benchmarks = objectsAt(value, "benchmarks");
  if (benchmarks.length === 0)
    throw refuseSource(source, tool, 'expected "benchmarks" with at least one in it, got none');
  const version = textAt(value["metadata"], "guidellm_version");
  return benchmarks.map((benchmark) => parseBenchmark(source, benchmark, version));
}

function parseBenchmark(
  source: ImportSource,
  benchmark: Readonly<Record<string, unknown>>,
  version: string | null,
): ParsedImport {
  const { metrics, config, requests } = benchmark;
  const totals = isObject(metrics) ? metrics["request_totals"] : undefined;
  const completed = numberAt(totals, "successful");
  if (!isObject(metrics) || completed === null)
    throw refuseSource(
      source,
      tool,
      'expected "metrics.request_totals.successful" in each benchmark, got none',
    );
  const rows = objectsAt(requests, "successful");
  // Only some requests are listed where a sample was asked for.
  const all = rows.length === completed;
  const pick = (field: string, name: string, factor = 1): ImportedDistribution | null =>
    (all ? toOwnDistribution(rows.map((row) => (numberAt(row, field) ?? NaN) * factor)) : null) ??
    toGiven(metrics[name], factor);
  const service = pick("request_latency", "request_latency", 1000);
  const ttftMs = pick("time_to_first_token_ms", "time_to_first_token_ms");
  // The tool's own table weighs each request by its tokens, which TPOT does not.
  const tpotMs = all ? pick("inter_token_latency_ms", "inter_token_latency_ms") : null;
  const failed = numberAt(totals, "errored");
  const seconds = numberAt(benchmark, "duration");
  const durationMs = seconds === null ? null : seconds * 1000;
  const output = tokensOf(metrics["output_token_count"]);
  const perSecond = toRate(output, durationMs);
  const rate = toRate(completed, durationMs);
  const { backend, strategy } = isObject(config) ? config : {};
  const from = all ? "rows" : "file";
  const startedAt = numberAt(benchmark, "start_time");
  return {
    tool,
    version,
    format: "guidellm benchmarks.json",
    startedAt: startedAt === null ? null : new Date(startedAt * 1000),
    url: textAt(backend, "target"),
    workload: ttftMs === null ? "http" : "chat",
    model: textAt(backend, "model"),
    users: numberAt(strategy, "streams"),
    ratePerSecond: numberAt(strategy, "rate"),
    summary: {
      completed,
      failed: { total: failed, byKind: toByKind(objectsAt(requests, "errored").map(describeError)) },
      cutOff: numberAt(totals, "incomplete"),
      window: toWindow(durationMs),
      requestsPerSecond: rate,
      units:
        output === null
          ? { kind: "requests", total: completed, perSecond: rate }
          : { kind: "tokens", total: output, perSecond },
      latencyMs: { service },
      ttftMs,
      tpotMs,
      chunkGapMs: null,
      tokens:
        output === null
          ? null
          : { input: tokensOf(metrics["prompt_token_count"]), output, outputPerSecond: perSecond },
    },
    definitions: toDefinitions(tool, {
      service: service && from,
      ttft: ttftMs && from,
      tpot: tpotMs && from,
      throughput: rate === null ? null : "file",
      tokens: output === null ? null : "file",
      failed: "file",
    }),
    others: toOthers(metrics),
    notes: [
      ...objectsAt(benchmark, "warnings").flatMap((warning) => {
        const message = textAt(warning, "message");
        return message === null ? [] : [`It says itself: ${message.replace(/\.?$/, ".")}`];
      }),
      ...(all
        ? []
        : [`It lists ${rows.length} of its ${completed} requests: figures are those of its own table.`]),
    ],
  };
}

function describeError(row: Readonly<Record<string, unknown>>): string {
  return textAt(row["info"], "error") ?? "error";
}

function tokensOf(metric: unknown): number | null {
  const good = isObject(metric) ? metric["successful"] : undefined;
  const total = numberAt(good, "total_sum");
  return total === null || total === 0 ? null : total;
}

function toGiven(metric: unknown, factor: number): ImportedDistribution | null {
  const good = isObject(metric) ? metric["successful"] : undefined;
  const n = numberAt(good, "count");
  if (!isObject(good) || n === null || n === 0) return null;
  const scale = (value: number | null): number | null => (value === null ? null : value * factor);
  const { percentiles } = good;
  return toGivenDistribution({
    n,
    mean: scale(numberAt(good, "mean")),
    min: scale(numberAt(good, "min")),
    p50: scale(numberAt(good, "median")),
    p90: scale(numberAt(percentiles, "p90")),
    p95: scale(numberAt(percentiles, "p95")),
    p99: scale(numberAt(percentiles, "p99")),
    p999: scale(numberAt(percentiles, "p999")),
    max: scale(numberAt(good, "max")),
  });
}

const others: Readonly<Record<string, string>> = {
  time_per_output_token_ms:
    "request latency / output tokens, the first among them, each request weighed by its tokens",
  inter_token_latency_ms: "as TPOT, but each request weighed by its tokens",
};

function toOthers(metrics: Readonly<Record<string, unknown>>): ForeignFigure[] {
  return Object.entries(others).flatMap(([name, meaning]): ForeignFigure[] => {
    const values = toGiven(metrics[name], 1);
    return values === null ? [] : [{ name, meaning, unit: "ms", values }];
  });
}
