import {
  numberAt,
  textAt,
  toByKind,
  toDefinitions,
  toGivenDistribution,
  toNumber,
  toOwnDistribution,
  toWindow,
} from "./figures.ts";
import type { ImportedDistribution, ParsedImport } from "./import-record.ts";
import { refuseSource, type ImportSource } from "./import-source.ts";

const tool = "vllm";

/** A result of `vllm bench serve --save-result`, with each request where it was `--save-detailed`. */
export function parseVllm(source: ImportSource, value: Readonly<Record<string, unknown>>): ParsedImport {
  const completed = numberAt(value, "completed");
  const seconds = numberAt(value, "duration");
  if (completed === null || seconds === null)
    throw refuseSource(source, tool, 'expected numbers "completed" and "duration", got others');
  const rows = toRows(value);
  const failed = numberAt(value, "failed") ?? (rows === null ? null : rows.errors.length);
  const streamed = "mean_ttft_ms" in value || rows !== null;
  const pick = (own: readonly number[] | undefined, name: string): ImportedDistribution | null =>
    (own === undefined ? null : toOwnDistribution(own)) ??
    toGiven(value, name, name === "itl" ? null : completed);
  // Newer versions list how long each request took, whatever else was asked for.
  const service = pick(rows?.service ?? toLatencies(value, completed), "e2el");
  const serviceFrom = rows === null && toLatencies(value, completed) === undefined ? "file" : "rows";
  const ttftMs = streamed ? pick(rows?.ttft, "ttft") : null;
  const tpotMs = streamed ? pick(rows?.tpot, "tpot") : null;
  const chunkGapMs = streamed ? pick(rows?.gaps, "itl") : null;
  const from = rows === null ? "file" : "rows";
  const output = numberAt(value, "total_output_tokens");
  const rate = numberAt(value, "request_throughput");
  const asked = toNumber(value["request_rate"]);
  const { startedAt, note } = toStart(textAt(value, "date"), seconds);
  return {
    tool,
    version: null,
    format:
      rows === null ? "vllm bench serve --save-result" : "vllm bench serve --save-result --save-detailed",
    startedAt,
    url: null,
    workload: output === null ? "embeddings" : "chat",
    model: textAt(value, "model_id"),
    users: numberAt(value, "max_concurrency"),
    ratePerSecond: asked,
    summary: {
      completed,
      failed: { total: failed, byKind: toByKind(rows?.errors ?? []) },
      cutOff: null,
      window: toWindow(seconds * 1000),
      requestsPerSecond: rate,
      units:
        output === null
          ? { kind: "requests", total: completed, perSecond: rate }
          : { kind: "tokens", total: output, perSecond: numberAt(value, "output_throughput") },
      latencyMs: { service },
      ttftMs,
      tpotMs,
      chunkGapMs,
      tokens:
        output === null
          ? null
          : {
              input: numberAt(value, "total_input_tokens"),
              output,
              outputPerSecond: numberAt(value, "output_throughput"),
            },
    },
    definitions: toDefinitions(tool, {
      service: service && serviceFrom,
      ttft: ttftMs && from,
      tpot: tpotMs && from,
      chunkGap: chunkGapMs && from,
      throughput: rate === null ? null : "file",
      tokens: output === null ? null : "file",
      failed: failed === null ? null : "file",
    }),
    others: [],
    notes: note === null ? [] : [note],
  };
}

function toLatencies(
  value: Readonly<Record<string, unknown>>,
  completed: number,
): readonly number[] | undefined {
  const { latencies } = value;
  if (!Array.isArray(latencies)) return undefined;
  // A request that failed has 0, or what it took until then: only where all were good do they tell.
  const ms = latencies.map((seconds) => (toNumber(seconds) ?? NaN) * 1000);
  return ms.length === completed && numberAt(value, "failed") === 0 ? ms : undefined;
}

interface Rows {
  readonly service: readonly number[];
  readonly ttft: readonly number[];
  readonly tpot: readonly number[];
  readonly gaps: readonly number[];
  readonly errors: readonly string[];
}

/** Null where the file has no rows, or not as many as its counts. */
function toRows(value: Readonly<Record<string, unknown>>): Rows | null {
  const { ttfts, itls, output_lens: lengths, errors } = value;
  if (![ttfts, itls, lengths, errors].every(Array.isArray)) return null;
  const rows = {
    service: [] as number[],
    ttft: [] as number[],
    tpot: [] as number[],
    gaps: [] as number[],
    errors: [] as string[],
  };
  for (const [place, seconds] of (ttfts as unknown[]).entries()) {
    const error = (errors as unknown[])[place];
    const gaps = (itls as unknown[])[place];
    const first = toNumber(seconds);
    if (typeof error === "string" && error !== "") rows.errors.push(error.trim().split("\n").at(-1)!);
    else if (first !== null && Array.isArray(gaps)) {
      const restMs = gaps.map((gap) => (toNumber(gap) ?? 0) * 1000);
      const sumMs = restMs.reduce((sum, gap) => sum + gap, 0);
      const tokens = toNumber((lengths as unknown[])[place]) ?? 0;
      rows.ttft.push(first * 1000);
      rows.service.push(first * 1000 + sumMs);
      rows.gaps.push(...restMs);
      if (tokens > 1) rows.tpot.push(sumMs / (tokens - 1));
    }
  }
  return rows.ttft.length === numberAt(value, "completed") ? rows : null;
}

function toGiven(
  value: Readonly<Record<string, unknown>>,
  name: string,
  n: number | null,
): ImportedDistribution | null {
  const mean = numberAt(value, `mean_${name}_ms`);
  // It writes 0 where it measured none.
  if (mean === null || mean === 0) return null;
  return toGivenDistribution({
    n,
    mean,
    p50: numberAt(value, `median_${name}_ms`),
    p90: numberAt(value, `p90_${name}_ms`),
    p95: numberAt(value, `p95_${name}_ms`),
    p99: numberAt(value, `p99_${name}_ms`),
    p999: numberAt(value, `p99.9_${name}_ms`),
  });
}

/** Of `20261121-211203`, when the run had ended, in the time zone of whoever measured. */
function toStart(
  text: string | null,
  seconds: number,
): { readonly startedAt: Date | null; readonly note: string | null } {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(text ?? "") ?? [];
  if (year === undefined) return { startedAt: null, note: null };
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  if (Number.isNaN(at.getTime())) return { startedAt: null, note: null };
  return {
    startedAt: new Date(at.getTime() - seconds * 1000),
    note: "The file says when the run ended, without a time zone: it is taken as this machine's.",
  };
}
