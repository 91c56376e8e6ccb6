import {
  encodeCsv,
  encodeMarkdownTable,
  encodeRecord,
  escapeMarkdown,
  type DataTable,
  type RecordHead,
  type RecordKind,
} from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint, type Paint } from "../console/paint.ts";
import type { ResultFormat } from "./result-format.ts";

/** A finished measurement, in every form that it can be printed in. */
export interface PrintableResult {
  readonly record: RecordHead<RecordKind, string>;
  /** The first is what CSV has. */
  readonly tables: readonly DataTable[];
  /** What Markdown has in place of `tables`. @default these */
  readonly markdown?: readonly DataTable[] | undefined;
  /** What else Markdown says below its tables, a paragraph each. @default nothing */
  readonly remarks?: readonly string[] | undefined;
  /** What people read on a terminal: the sentence, the tables, where it was written. Cut to `columns` where they are known. */
  readonly describe: (paint: Paint, columns: number | undefined) => readonly string[];
}

/** Prints a result on stdout in the format that was asked for; what people read goes to stderr where that is another. */
export function printResult(result: PrintableResult, context: CommandContext, format: ResultFormat): void {
  const forPeople = format === "table" ? context.stdout : context.stderr;
  const columns = forPeople.isTTY === true ? forPeople.columns : undefined;
  const lines = result.describe(createPaint(forPeople, context.env), columns);
  forPeople.write(`\n${lines.join("\n")}\n`);
  if (format === "json") context.stdout.write(encodeRecord(result.record));
  if (format === "csv" && result.tables[0] !== undefined) context.stdout.write(encodeCsv(result.tables[0]));
  if (format === "md") context.stdout.write(encodeMarkdown(result));
}

/** The verdict, its reasons, the tables: what a pull request is told. */
function encodeMarkdown({ record, tables, markdown = tables, remarks = [] }: PrintableResult): string {
  const { sentence, reasons } = record.verdict;
  const others = reasons.filter((reason) => !sentence.includes(reason.replace(/\.$/, "")));
  return [
    `**${escapeMarkdown(sentence)}**\n`,
    ...(others.length === 0 ? [] : [others.map((reason) => `- ${escapeMarkdown(reason)}\n`).join("")]),
    ...markdown.map(encodeMarkdownTable),
    ...remarks.map((remark) => `${remark}\n`),
  ].join("\n");
}
