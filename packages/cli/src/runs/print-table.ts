import { encodeCsv, encodeMarkdownTable, type DataTable } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { cutToWidth } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import type { ResultFormat } from "../results/result-format.ts";

/** A list in every form that it can be printed in. */
interface PrintableList {
  /** For people, on a terminal and in Markdown. */
  readonly table: DataTable;
  /** For programs: CSV. @default the table */
  readonly data?: DataTable;
  /** For programs: JSON. */
  readonly json: unknown;
}

/** Prints a list on stdout in the format that was asked for. */
export function printTable(
  { table, data = table, json }: PrintableList,
  { stdout, env }: CommandContext,
  format: ResultFormat,
): void {
  switch (format) {
    case "table": {
      const columns = stdout.isTTY === true ? (stdout.columns ?? Infinity) : Infinity;
      const lines = describeTable(leaveOutEmpty(table), createPaint(stdout, env));
      stdout.write(lines.map((line) => `${cutToWidth(line, columns)}\n`).join(""));
      return;
    }
    case "json":
      stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
      return;
    case "csv":
      stdout.write(encodeCsv(data));
      return;
    case "md":
      stdout.write(encodeMarkdownTable(leaveOutEmpty(table)));
  }
}

/** A table without the columns in which no row has anything. */
function leaveOutEmpty({ title, columns, rows }: DataTable): DataTable {
  const kept = columns.map((_, place) => rows.some(({ cells }) => (cells[place] ?? null) !== null));
  return {
    title,
    columns: columns.filter((_, place) => kept[place]),
    rows: rows.map((row) => ({ ...row, cells: row.cells.filter((_, place) => kept[place]) })),
  };
}
