import { toCheckTable, type CheckVerdictKind, type FinishedCheck } from "@weir/lab";
import { describePath } from "../console/describe-path.ts";
import type { Paint } from "../console/paint.ts";
import { cutToWidth, wrapWords } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";

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
  const fit = (line: string): string => (columns === undefined ? line : cutToWidth(line, columns - 1));
  const table = record.rows.length === 0 ? [] : describeTable(toCheckTable(record), paint);
  const folder = describePath(finished.folder);
  return [
    ...describeVerdict(finished, paint, room),
    "",
    ...table.map((line) => fit(indent + line)),
    ...(table.length > 0 ? [""] : []),
    ...(record.baseline?.notes ?? [])
      .flatMap((note) => wrapWords(note, room))
      .map((line) => indent + paint.dim(line)),
    folderProblem === undefined
      ? `${indent}${paint.dim("folder")}  ${folder}`
      : `${indent}${paint.red("folder")}  ${folder} could not be written: ${folderProblem}`,
  ];
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
