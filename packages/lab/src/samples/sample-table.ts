import { sampleColumns, sampleOutcomes, samplePhases, type SampleColumn, type SampleFile } from "@weir/load";
import type { ColumnSource } from "hyparquet-writer";

/** The values of one column of a block of rows, by the row. */
type Values = (row: number) => number;

interface TableColumn {
  readonly name: string;
  readonly type: "INT32" | "INT64" | "DOUBLE" | "STRING";
  /** All rows of the column. `from` gives the numbers of a column of the spool. */
  readonly read: (block: Block, file: SampleFile, parts: readonly string[]) => ColumnSource["data"];
}

interface Block {
  readonly rows: number;
  readonly from: (name: SampleColumn) => Values;
}

/**
 * A column is made straight from the block, a typed array wherever no value is missing: an object per row would be most
 * of the memory that writing takes.
 */
function toNumbers(rows: number, value: Values): ColumnSource["data"] {
  const numbers = new Float64Array(rows);
  let missing = 0;
  for (let row = 0; row < rows; row += 1) {
    numbers[row] = value(row);
    if (Number.isNaN(numbers[row])) missing += 1;
  }
  if (missing === 0) return numbers;
  return Array.from(numbers, (each) => (Number.isNaN(each) ? null : each));
}

const number = (name: SampleColumn, type: "INT32" | "DOUBLE"): TableColumn => ({
  name,
  type,
  read: ({ rows, from }) => toNumbers(rows, from(name)),
});

const text = (
  name: SampleColumn,
  textsOf: (file: SampleFile, parts: readonly string[]) => readonly string[],
): TableColumn => ({
  name,
  type: "STRING",
  read({ rows, from }, file, parts) {
    const value = from(name);
    const texts = textsOf(file, parts);
    return Array.from({ length: rows }, (_, row) => texts[value(row)] ?? null);
  },
});

/**
 * The columns of samples.parquet. Times end in `Us`: microseconds from the run's start; null where that moment did not
 * come. Durations end in `Ms`. `restMs` is what of the service time the server does not account for: network, web layer.
 */
const table: readonly TableColumn[] = [
  number("request", "INT32"),
  { name: "worker", type: "INT32", read: ({ rows }, { worker }) => new Float64Array(rows).fill(worker) },
  number("user", "INT32"),
  text("part", (_file, parts) => parts),
  text("phase", () => samplePhases),
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
  text("outcome", () => sampleOutcomes),
  number("status", "INT32"),
  text("failure", ({ failures }) => failures),
  {
    name: "bodyBytes",
    type: "INT64",
    read({ rows, from }) {
      const value = from("bodyBytes");
      return BigInt64Array.from({ length: rows }, (_, row) => BigInt(value(row)));
    },
  },
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
    read({ rows, from }) {
      const [endUs, sentUs, serverMs] = [from("endUs"), from("sentUs"), from("serverMs")];
      return toNumbers(rows, (row) => (endUs(row) - sentUs(row)) / 1000 - serverMs(row));
    },
  },
];

/** The columns of samples.parquet and their types. */
export const sampleTableColumns: readonly Pick<TableColumn, "name" | "type">[] = table.map(
  ({ name, type }) => ({
    name,
    type,
  }),
);

/** The columns of some rows of a spool, as they stand in the table. */
export function toColumns(values: Float64Array, file: SampleFile, parts: readonly string[]): ColumnSource[] {
  const width = sampleColumns.length;
  const block: Block = {
    rows: values.length / width,
    from(name) {
      const column = sampleColumns.indexOf(name);
      return (row) => values[row * width + column]!;
    },
  };
  return table.map(({ name, type, read }) => ({
    name,
    type,
    data: read(block, file, parts),
    // Times hardly repeat: looking for those that do costs more than writing them.
    ...(name.endsWith("Us") && { encoding: "PLAIN" as const }),
    // An index of pages is of no use where a row group has one, and would stay in memory to the end.
    offsetIndex: false,
  }));
}
