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
import { describeAiperfError, readAiperfRows } from "./aiperf-rows.ts";
import { openBeside, refuseSource, type ImportSource } from "./import-source.ts";

const tool = "aiperf";
const others: Readonly<Record<string, string>> = {
  credit_to_start_latency: "from when the tool meant to send a request to when it began to",
  effective_latency: "request latency and credit_to_start_latency together",
  time_to_second_token: "from the first piece of an answer to the second",
};

/** profile_export_aiperf.json, with the requests of profile_export.jsonl where that lies beside it. */
export async function parseAiperf(
  source: ImportSource,
  value: Readonly<Record<string, unknown>>,
): Promise<ParsedImport> {
  const completed = numberAt(value["request_count"], "avg");
  if (completed === null)
    throw refuseSource(
      source,
      tool,
      'expected "request_count", got none. The run may have been cancelled before it began',
    );
  const listed = await openBeside(source, source.name.replace(/_aiperf\.json$/, ".jsonl"));
  const rows = listed === undefined || listed.path === source.path ? null : await readAiperfRows(listed);
  const all = rows !== null && rows.service.length === completed;
  const pick = (own: readonly number[] | undefined, name: string): ImportedDistribution | null =>
    (all && own !== undefined ? toOwnDistribution(own) : null) ?? toGiven(value[name]);
  const seconds = numberAt(value["benchmark_duration"], "avg");
  const durationMs = seconds === null ? null : seconds * 1000;
  const output = numberAt(value["total_osl"], "avg") ?? numberAt(value["total_output_tokens"], "avg");
  const config = value["input_config"];
  const phase = isObject(config)
    ? objectsAt(config, "phases").find(
        (each) => textAt(each, "kind") === "profiling" || textAt(each, "name") === "profiling",
      )
    : undefined;
  const endpoint = isObject(config) ? config["endpoint"] : undefined;
  const urls = isObject(endpoint) ? endpoint["urls"] : undefined;
  const url: unknown = Array.isArray(urls) ? urls[0] : null;
  const models = isObject(config) && isObject(config["models"]) ? objectsAt(config["models"], "items") : [];
  const started = textAt(value, "start_time");
  const failed = numberAt(value["error_request_count"], "avg") ?? (rows === null ? 0 : rows.errors.length);
  return finish({
    version: textAt(value, "aiperf_version"),
    format: all
      ? "AIPerf profile_export_aiperf.json with profile_export.jsonl"
      : "AIPerf profile_export_aiperf.json",
    // It writes its local time without a zone.
    startedAt: started === null ? null : new Date(started),
    url: typeof url === "string" ? url : null,
    workload: textAt(endpoint, "type"),
    model: textAt(models[0], "name"),
    users: numberAt(phase, "concurrency"),
    ratePerSecond: numberAt(phase, "rate"),
    completed,
    failed,
    byKind:
      rows !== null && rows.errors.length > 0
        ? rows.errors
        : objectsAt(value, "error_summary").map(
            (each) => [describeAiperfError(each["error_details"]), numberAt(each, "count") ?? 1] as const,
          ),
    durationMs,
    service: pick(rows?.service, "request_latency"),
    ttftMs: pick(rows?.ttft, "time_to_first_token"),
    tpotMs: pick(rows?.tpot, "inter_token_latency"),
    chunkGapMs: pick(rows?.gaps, "inter_chunk_latency"),
    output,
    input: numberAt(value["total_isl"], "avg"),
    from: all ? "rows" : "file",
    others: Object.entries(others).flatMap(([name, meaning]): ForeignFigure[] => {
      const values = toGiven(value[name]);
      return values === null ? [] : [{ name, meaning, unit: "ms", values }];
    }),
    notes: [
      ...(value["was_cancelled"] === true ? ["The run was cancelled before its end."] : []),
      ...(rows !== null && !all
        ? [
            `${listed?.name} lists ${rows.service.length} of its ${completed} requests: figures are those of its own table.`,
          ]
        : []),
    ],
  });
}

/** profile_export.jsonl by itself. */
export async function parseAiperfRows(source: ImportSource): Promise<ParsedImport> {
  const rows = await readAiperfRows(source);
  if (rows.service.length + rows.errors.length === 0)
    throw refuseSource(source, tool, "expected requests, got none");
  return finish({
    version: null,
    format: "AIPerf profile_export.jsonl",
    startedAt: new Date(rows.startMs),
    url: null,
    workload: rows.ttft.length > 0 ? "chat" : null,
    model: null,
    users: null,
    ratePerSecond: null,
    completed: rows.service.length,
    failed: rows.errors.length,
    byKind: rows.errors,
    durationMs: rows.endMs - rows.startMs,
    service: toOwnDistribution(rows.service),
    ttftMs: toOwnDistribution(rows.ttft),
    tpotMs: toOwnDistribution(rows.tpot),
    chunkGapMs: toOwnDistribution(rows.gaps),
    output: rows.output === 0 ? null : rows.output,
    input: rows.input === 0 ? null : rows.input,
    from: "rows",
    others: [],
    notes: [],
  });
}

function toGiven(metric: unknown): ImportedDistribution | null {
  const mean = numberAt(metric, "avg");
  if (mean === null) return null;
  return toGivenDistribution({
    n: numberAt(metric, "count"),
    mean,
    min: numberAt(metric, "min"),
    p50: numberAt(metric, "p50"),
    p90: numberAt(metric, "p90"),
    p95: numberAt(metric, "p95"),
    p99: numberAt(metric, "p99"),
    max: numberAt(metric, "max"),
  });
}

interface Found extends Pick<
  ParsedImport,
  | "version"
  | "format"
  | "startedAt"
  | "url"
  | "workload"
  | "model"
  | "users"
  | "ratePerSecond"
  | "others"
  | "notes"
> {
  readonly completed: number;
  readonly failed: number;
  readonly byKind: Iterable<string | readonly [string, number]>;
  readonly durationMs: number | null;
  readonly service: ImportedDistribution | null;
  readonly ttftMs: ImportedDistribution | null;
  readonly tpotMs: ImportedDistribution | null;
  readonly chunkGapMs: ImportedDistribution | null;
  readonly output: number | null;
  readonly input: number | null;
  readonly from: "file" | "rows";
}

function finish(found: Found): ParsedImport {
  const {
    completed,
    failed,
    byKind,
    durationMs,
    service,
    ttftMs,
    tpotMs,
    chunkGapMs,
    output,
    input,
    from,
    ...head
  } = found;
  const rate = toRate(completed, durationMs);
  const perSecond = toRate(output, durationMs);
  return {
    ...head,
    tool,
    summary: {
      completed,
      failed: { total: failed, byKind: toByKind(byKind) },
      cutOff: null,
      window: toWindow(durationMs),
      requestsPerSecond: rate,
      units:
        output === null
          ? { kind: "requests", total: completed, perSecond: rate }
          : { kind: "tokens", total: output, perSecond },
      latencyMs: { service },
      ttftMs,
      tpotMs,
      chunkGapMs,
      tokens: output === null ? null : { input, output, outputPerSecond: perSecond },
    },
    definitions: toDefinitions(tool, {
      service: service && from,
      ttft: ttftMs && from,
      tpot: tpotMs && from,
      chunkGap: chunkGapMs && from,
      throughput: rate === null ? null : from,
      tokens: output === null ? null : from,
      failed: from,
    }),
  };
}
