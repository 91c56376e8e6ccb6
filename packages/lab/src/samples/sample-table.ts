import { sampleColumns, sampleOutcomes, samplePhases, type SampleColumn, type SampleFile } from "@weir/load";
import type { ColumnSource } from "hyparquet-writer";

type Numbers = Readonly<Record<SampleColumn, number>>;

interface TableColumn {
  readonly name: string;
  readonly type: "INT32" | "INT64" | "DOUBLE" | "STRING";
  readonly read: (
    row: Numbers,
    file: SampleFile,
    parts: readonly string[],
  ) => number | bigint | string | null;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
const number = (name: SampleColumn, type: "INT32" | "DOUBLE"): TableColumn => ({
  name,
  type,
  read: (row) => orNull(row[name]),
});

/**
 * The columns of samples.parquet. Times end in `Us`: microseconds from the run's start; null where that moment did not
 * come. Durations end in `Ms`. `restMs` is what of the service time the server does not account for: network, web layer.
 */
const table: readonly TableColumn[] = [
  number("request", "INT32"),
  { name: "worker", type: "INT32", read: (_row, file) => file.worker },
  number("user", "INT32"),
  { name: "part", type: "STRING", read: (row, _file, parts) => parts[row.part] ?? null },
  { name: "phase", type: "STRING", read: (row) => samplePhases[row.phase] ?? null },
  number("attempt", "INT32"),
  number("turn", "INT32"),
  number("dueUs", "DOUBLE"),
  number("sentUs", "DOUBLE"),
  number("headersUs", "DOUBLE"),
  number("firstByteUs", "DOUBLE"),
  number("firstTokenUs", "DOUBLE"),
  number("firstOutputUs", "DOUBLE"),
  number("lastTokenUs", "DOUBLE"),
  number("endUs", "DOUBLE"),
  { name: "outcome", type: "STRING", read: (row) => sampleOutcomes[row.outcome] ?? null },
  number("status", "INT32"),
  { name: "failure", type: "STRING", read: (row, file) => file.failures[row.failure] ?? null },
  { name: "bodyBytes", type: "INT64", read: (row) => BigInt(row.bodyBytes) },
  number("units", "DOUBLE"),
  number("chunks", "INT32"),
  number("inputTokens", "INT32"),
  number("cachedInputTokens", "INT32"),
  number("outputTokens", "INT32"),
  number("serverMs", "DOUBLE"),
  number("serverQueueMs", "DOUBLE"),
  number("serverInferenceMs", "DOUBLE"),
  {
    name: "restMs",
    type: "DOUBLE",
    read: (row) => orNull((row.endUs - row.sentUs) / 1000 - row.serverMs),
  },
];

/** The columns of some rows of a spool, as they stand in the table. */
export function toColumns(values: Float64Array, file: SampleFile, parts: readonly string[]): ColumnSource[] {
  const rows = toRows(values);
  return table.map(({ name, type, read }) => ({
    name,
    type,
    data: rows.map((row) => read(row, file, parts)),
    // An index of pages is of no use where a row group has one, and would stay in memory to the end.
    offsetIndex: false,
  }));
}

function toRows(values: Float64Array): Numbers[] {
  const width = sampleColumns.length;
  return Array.from({ length: values.length / width }, (_, row) => {
    const numbers: Partial<Record<SampleColumn, number>> = {};
    for (const [column, name] of sampleColumns.entries()) numbers[name] = values[row * width + column]!;
    return numbers as Numbers;
  });
}
