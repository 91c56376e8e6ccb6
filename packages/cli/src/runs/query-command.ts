import {
  encodeCsv,
  encodeMarkdownTable,
  formatCount,
  queryRuns,
  storeViews,
  type Cell,
  type DataTable,
  type QueryAnswer,
  type QueryValue,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { cutToWidth } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import { readFormat, type FormatFlags } from "../results/result-format.ts";
import { printTable } from "./print-table.ts";

export interface QueryFlags extends FormatFlags {
  readonly schema?: boolean | undefined;
}

/** More are of no use to people, and would have to be in memory for their widths. */
const mostShown = 1000;
const mostProblems = 5;

/** `weir runs query`. Throws USAGE for SQL that is no good, ENGINE_MISSING without DuckDB. */
export async function queryStoredRuns(
  sql: string | undefined,
  places: readonly string[],
  flags: QueryFlags,
  context: CommandContext,
): Promise<void> {
  const format = readFormat(flags);
  if (flags.schema === true) {
    printTable({ table: toSchemaTable(), json: storeViews }, context, format);
    return;
  }
  if (sql === undefined || sql.trim() === "")
    throw new WeirError(
      "USAGE",
      'expected a question in SQL, e.g. weir runs query "SELECT id, verdict FROM runs". --schema lists the columns.',
    );
  const write = { table: writeTable, md: writeMarkdown, csv: writeCsv, json: writeJson }[format];
  await queryRuns(places, sql, (answer) => write(answer, context), {
    signal: context.signal,
    onProblems(problems) {
      for (const problem of problems.slice(0, mostProblems)) context.stderr.write(`left out: ${problem}\n`);
      const more = problems.length - mostProblems;
      if (more > 0)
        context.stderr.write(`left out: ${more} more; weir runs --verdict unreadable lists them\n`);
    },
  });
}

function toSchemaTable(): DataTable {
  return {
    title: null,
    columns: [
      { key: "view", heading: "view" },
      { key: "column", heading: "column", align: "left" },
      { key: "type", heading: "type", align: "left" },
      { key: "meaning", heading: "meaning", align: "left" },
    ],
    rows: storeViews.flatMap((view) => [
      { cells: [view.name, null, null, view.meaning], tone: "good" as const },
      ...view.columns.map(({ name, type, meaning }) => ({ cells: [view.name, name, type, meaning] })),
    ]),
  };
}

async function writeTable(answer: QueryAnswer, context: CommandContext): Promise<void> {
  const { stdout, stderr, env } = context;
  const { table, more } = await readSome(answer);
  const columns = stdout.isTTY === true ? (stdout.columns ?? Infinity) : Infinity;
  const lines = describeTable(table, createPaint(stdout, env));
  stdout.write(lines.map((line) => `${cutToWidth(line, columns)}\n`).join(""));
  if (more) stderr.write(`the first ${formatCount(mostShown, "row")}; --format csv or json gives all\n`);
}

async function writeMarkdown(answer: QueryAnswer, { stdout, stderr }: CommandContext): Promise<void> {
  const { table, more } = await readSome(answer);
  stdout.write(encodeMarkdownTable(table));
  if (more) stderr.write(`the first ${formatCount(mostShown, "row")}; --format csv or json gives all\n`);
}

async function readSome({ columns, rows }: QueryAnswer): Promise<{ table: DataTable; more: boolean }> {
  const read: (readonly QueryValue[])[] = [];
  for await (const some of rows) {
    read.push(...some);
    if (read.length > mostShown) break;
  }
  const shown = read.slice(0, mostShown);
  const numeric = columns.map((_, place) =>
    shown.every((row) => ["number", "object"].includes(typeof row[place])),
  );
  const table: DataTable = {
    title: null,
    columns: columns.map((name, place) => ({
      key: name,
      heading: name,
      show: showValue,
      ...(numeric[place] !== true && { align: "left" as const }),
    })),
    rows: shown.map((row) => ({ cells: row.map(toCell) })),
  };
  return { table, more: read.length > mostShown };
}

/** Numbers as SQL gave them, but for the digits that no measurement has. */
function showValue(value: Cell): string {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value).replaceAll(/\s+/g, " ");
  return String(Number(value.toPrecision(6)));
}

function toCell(value: QueryValue): Cell {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

async function writeCsv({ columns, rows }: QueryAnswer, { stdout }: CommandContext): Promise<void> {
  const table: DataTable = {
    title: null,
    columns: columns.map((name) => ({ key: name, heading: name })),
    rows: [],
  };
  stdout.write(encodeCsv(table));
  for await (const some of rows) {
    const lines = encodeCsv({ ...table, rows: some.map((row) => ({ cells: row.map(toCell) })) });
    stdout.write(lines.slice(lines.indexOf("\n") + 1));
  }
}

async function writeJson({ columns, rows }: QueryAnswer, { stdout }: CommandContext): Promise<void> {
  let before = "[";
  for await (const some of rows) {
    const objects = some.map((row) =>
      Object.fromEntries(columns.map((name, place) => [name, row[place] ?? null])),
    );
    stdout.write(
      objects.map((object, place) => `${place === 0 ? before : ","}\n  ${JSON.stringify(object)}`).join(""),
    );
    before = ",";
  }
  stdout.write(before === "[" ? "[]\n" : "\n]\n");
}
