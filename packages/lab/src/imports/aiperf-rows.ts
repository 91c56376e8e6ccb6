import { isObject } from "../store/read-path.ts";
import { numberAt, textAt } from "./figures.ts";
import { refuseSource, type ImportSource } from "./import-source.ts";

/** What each request took, in milliseconds, and the tokens of all. */
export interface AiperfRows {
  readonly service: number[];
  readonly ttft: number[];
  readonly tpot: number[];
  readonly gaps: number[];
  readonly errors: string[];
  startMs: number;
  endMs: number;
  output: number;
  input: number;
}

/** Reads a profile_export.jsonl; requests of its warm-up are passed over. Rejects with USAGE where a line is no request. */
export async function readAiperfRows(source: ImportSource): Promise<AiperfRows> {
  const rows: AiperfRows = {
    service: [],
    ttft: [],
    tpot: [],
    gaps: [],
    errors: [],
    startMs: Infinity,
    endMs: -Infinity,
    output: 0,
    input: 0,
  };
  let line = 0;
  for await (const text of source.readLines()) {
    line += 1;
    if (text === "") continue;
    const row = parseRow(text);
    if (row === undefined)
      throw refuseSource(
        source,
        "aiperf",
        `expected a request in line ${line}, got ${JSON.stringify(text.slice(0, 60))}. It may have been cut off`,
      );
    const { metadata, metrics } = row;
    if (textAt(metadata, "benchmark_phase") !== "profiling") continue;
    rows.startMs = Math.min(rows.startMs, (numberAt(metadata, "request_start_ns") ?? Infinity) / 1e6);
    rows.endMs = Math.max(rows.endMs, (numberAt(metadata, "request_end_ns") ?? -Infinity) / 1e6);
    if (isObject(row.error)) {
      rows.errors.push(describeAiperfError(row.error));
      continue;
    }
    const at = (name: string): number | null => numberAt(metrics[name], "value");
    const [latency, first, tokens] = [
      at("request_latency"),
      at("time_to_first_token"),
      at("output_sequence_length"),
    ];
    if (latency === null) continue;
    rows.service.push(latency);
    rows.output += tokens ?? 0;
    rows.input += at("input_sequence_length") ?? 0;
    if (first === null) continue;
    rows.ttft.push(first);
    if (tokens !== null && tokens > 1) rows.tpot.push((latency - first) / (tokens - 1));
    const gaps = isObject(metrics["inter_chunk_latency"])
      ? metrics["inter_chunk_latency"]["value"]
      : undefined;
    if (Array.isArray(gaps)) for (const gap of gaps) if (typeof gap === "number") rows.gaps.push(gap);
  }
  return rows;
}

function parseRow(text: string):
  | {
      readonly metadata: unknown;
      readonly metrics: Readonly<Record<string, unknown>>;
      readonly error: unknown;
    }
  | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !isObject(value["metadata"])) return undefined;
    const { metadata, metrics, error } = value;
    return { metadata, metrics: isObject(metrics) ? metrics : {}, error };
  } catch {
    return undefined;
  }
}

/** A failure in a word or two: `HTTPError 500`. */
export function describeAiperfError(details: unknown): string {
  const code = numberAt(details, "code");
  const type = textAt(details, "type") ?? "error";
  return code === null ? type : `${type} ${code}`;
}
