import { samplesNeeded } from "@weir/stats";
import { isObject } from "../store/read-path.ts";
import { numberAt, toByKind, toDefinitions, toGivenDistribution, toRate, toWindow } from "./figures.ts";
import type { ImportedDistribution, ParsedImport } from "./import-record.ts";
import { openBeside, refuseSource, type ImportSource } from "./import-source.ts";
import { parseCsv } from "./parse-csv.ts";

const tool = "locust";
const suffix = "_stats.csv";

/** `NAME_stats.csv` of `--csv NAME`, with `NAME_failures.csv` and `NAME_stats_history.csv` where they lie beside it. */
export async function parseLocustCsv(source: ImportSource): Promise<ParsedImport> {
  const rows = parseCsv(await source.readText());
  const total = rows.find((row) => row["Name"] === "Aggregated");
  const requests = readCount(total?.["Request Count"]);
  const failed = readCount(total?.["Failure Count"]);
  if (total === undefined || requests === null || failed === null)
    throw refuseSource(
      source,
      tool,
      'expected a row "Aggregated" with its counts, got none. It may have been cut off',
    );
  const beside = async (ending: string): Promise<Record<string, string>[]> => {
    if (!source.name.endsWith(suffix)) return [];
    const file = await openBeside(source, `${source.name.slice(0, -suffix.length)}${ending}`);
    return file === undefined ? [] : parseCsv(await file.readText());
  };
  const failures = await beside("_failures.csv");
  const history = await beside("_stats_history.csv");
  const perSecond = readFigure(total["Requests/s"]);
  // Locust divides by the time from its start to its last request.
  const durationMs = perSecond === null || perSecond === 0 ? null : (requests / perSecond) * 1000;
  const at = (name: string): number | null => readFigure(total[name]);
  const service = toGivenDistribution({
    n: requests,
    mean: at("Average Response Time"),
    min: at("Min Response Time"),
    p50: at("Median Response Time"),
    p90: at("90%"),
    p95: at("95%"),
    p99: at("99%"),
    p999: at("99.9%"),
    max: at("Max Response Time"),
  });
  const started = history.map((row) => readFigure(row["Timestamp"])).find((time) => time !== null);
  return finish({
    format: "locust --csv",
    startedAt: started === undefined || started === null ? null : new Date(started * 1000),
    users: Math.max(0, ...history.map((row) => readFigure(row["User Count"]) ?? 0)) || null,
    requests,
    failed,
    durationMs,
    service,
    from: "file",
    kinds: failures.map((row) => [row["Error"] ?? "error", readCount(row["Occurrences"]) ?? 0] as const),
  });
}

/** What `--json` prints: an entry for each name, with rounded response times and how often each came. */
export function parseLocustJson(source: ImportSource, entries: readonly unknown[]): ParsedImport {
  const counts = new Map<number, number>();
  let [requests, failed, sumMs, minMs, maxMs] = [0, 0, 0, Infinity, 0];
  let [start, end] = [Infinity, -Infinity];
  for (const entry of entries) {
    const times = isObject(entry) ? entry["response_times"] : undefined;
    const own = numberAt(entry, "num_requests");
    if (!isObject(times) || own === null)
      throw refuseSource(
        source,
        tool,
        'expected entries with "num_requests" and "response_times", got another',
      );
    requests += own;
    failed += numberAt(entry, "num_failures") ?? 0;
    sumMs += numberAt(entry, "total_response_time") ?? 0;
    minMs = Math.min(minMs, numberAt(entry, "min_response_time") ?? Infinity);
    maxMs = Math.max(maxMs, numberAt(entry, "max_response_time") ?? 0);
    start = Math.min(start, numberAt(entry, "start_time") ?? Infinity);
    end = Math.max(end, numberAt(entry, "last_request_timestamp") ?? -Infinity);
    for (const [time, count] of Object.entries(times)) {
      if (typeof count !== "number") continue;
      counts.set(Number(time), (counts.get(Number(time)) ?? 0) + count);
    }
  }
  const n = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const sorted = [...counts].toSorted(([a], [b]) => a - b);
  const at = (q: number, needed: number): number | null => (n < needed ? null : quantileOf(sorted, n, q));
  return finish({
    format: "locust --json",
    startedAt: Number.isFinite(start) ? new Date(start * 1000) : null,
    users: null,
    requests,
    failed,
    durationMs: end > start ? (end - start) * 1000 : null,
    service: {
      n,
      mean: n === 0 ? null : sumMs / n,
      min: n === 0 ? null : minMs,
      p50: at(0.5, 1),
      p90: at(0.9, samplesNeeded.p90),
      p95: at(0.95, samplesNeeded.p95),
      p99: at(0.99, samplesNeeded.p99),
      p999: at(0.999, samplesNeeded.p999),
      max: n === 0 ? null : maxMs,
    },
    from: "rows",
    kinds: [],
  });
}

function quantileOf(sorted: readonly (readonly [number, number])[], n: number, q: number): number | null {
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= q * n) return value;
  }
  return null;
}

interface Found {
  readonly format: string;
  readonly startedAt: Date | null;
  readonly users: number | null;
  readonly requests: number;
  readonly failed: number;
  readonly durationMs: number | null;
  readonly service: ImportedDistribution;
  readonly from: "file" | "rows";
  readonly kinds: readonly (readonly [string, number])[];
}

function finish(found: Found): ParsedImport {
  const { requests, failed, durationMs, service, from } = found;
  const completed = requests - failed;
  const rate = toRate(completed, durationMs);
  const has = completed > 0;
  return {
    tool,
    version: null,
    format: found.format,
    startedAt: found.startedAt,
    url: null,
    workload: "http",
    model: null,
    users: found.users,
    ratePerSecond: null,
    summary: {
      completed,
      failed: { total: failed, byKind: toByKind(found.kinds) },
      cutOff: null,
      window: toWindow(durationMs),
      requestsPerSecond: rate,
      units: { kind: "requests", total: completed, perSecond: rate },
      latencyMs: { service: has ? service : null },
      ttftMs: null,
      tpotMs: null,
      chunkGapMs: null,
      tokens: null,
    },
    definitions: toDefinitions(tool, {
      service: has ? from : null,
      throughput: rate === null ? null : from,
      failed: "file",
    }),
    others: [],
    notes:
      failed > 0 && has
        ? [
            `Its times are of all ${requests} requests: the ${failed} that failed are among them and cannot be taken out.`,
          ]
        : [],
  };
}

function readFigure(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function readCount(text: string | undefined): number | null {
  const value = readFigure(text);
  return value !== null && Number.isInteger(value) && value >= 0 ? value : null;
}
