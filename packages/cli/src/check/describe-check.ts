import { toCheckTable, type CheckVerdictKind, type DataTable, type FinishedCheck } from "@weir/lab";
import { describePath } from "../console/describe-path.ts";
import type { Paint } from "../console/paint.ts";
import { visibleWidth, wrapWords } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import { stackRows } from "./stack-rows.ts";

const indent = "  ";

const headings: Readonly<Record<CheckVerdictKind, string | undefined>> = {
  pass: undefined,
  "limit-missed": "LIMIT MISSED",
  inconclusive: "INCONCLUSIVE",
  invalid: "INVALID",
  "not-measured": "NOT MEASURED",
  interrupted: "INTERRUPTED",
};

/** A check's result: one sentence, what stands against it, the table, where it was written. */
export function describeCheck(finished: FinishedCheck, paint: Paint, columns: number | undefined): string[] {
  const { record, folderProblem } = finished;
  const room = columns === undefined ? Infinity : columns - 1 - indent.length;
  const table = record.rows.length === 0 ? [] : describeRows(toCheckTable(record), paint, room);
  const folder = describePath(finished.folder);
  return [
    ...describeVerdict(finished, paint, room),
    "",
    ...table.map((line) => indent + line),
    ...(table.length > 0 ? [""] : []),
    ...(record.baseline?.notes ?? [])
      .flatMap((note) => wrapWords(note, room))
      .map((line) => indent + paint.dim(line)),
    folderProblem === undefined
      ? `${indent}${paint.dim("folder")}  ${folder}`
      : `${indent}${paint.red("folder")}  ${folder} could not be written: ${folderProblem}`,
  ];
}

/** As a table where it has room, else a row after the other: nobody's limit and status are cut off. */
function describeRows(table: DataTable, paint: Paint, room: number): string[] {
  const lines = describeTable(table, paint);
  return lines.every((line) => visibleWidth(line) <= room) ? lines : stackRows(table, paint, room);
}

function describeVerdict({ record }: FinishedCheck, paint: Paint, room: number): string[] {
  const { kind, sentence, reasons } = record.verdict;
  const heading = headings[kind];
  const warn = kind === "interrupted" || kind === "inconclusive" ? paint.yellow : paint.red;
  const [start = "", ...rest] = wrapWords(
    heading === undefined ? sentence : `${heading} ${sentence.replace(/^Interrupted: /, "")}`,
    room + indent.length,
  );
  return [
    heading === undefined
      ? paint.bold(start)
      : warn(paint.bold(heading)) + paint.bold(start.slice(heading.length)),
    ...rest.map((line) => paint.bold(line)),
    ...reasons
      .filter((reason) => !sentence.includes(reason.replace(/\.$/, "")))
      .flatMap((reason) => wrapWords(`- ${reason.replaceAll("\n", " ")}`, room))
      .map((line) => indent + (kind === "pass" ? paint.dim(line) : warn(line))),
  ];
}
