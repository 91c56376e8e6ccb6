import { formatShare, type FinishedCapacity } from "@weir/lab";
import { describePath } from "../console/describe-path.ts";
import type { Paint } from "../console/paint.ts";
import { cutToWidth } from "../console/visible-text.ts";
import { describeHeadline } from "../results/describe-headline.ts";
import { drawCapacity } from "./capacity-picture.ts";

const indent = "  ";

/** A search's result: one sentence, the curve, then where it was written. Cut to `columns` where they are known. */
export function describeCapacity(
  { record, folder, folderProblem }: FinishedCapacity,
  paint: Paint,
  columns: number | undefined,
): string[] {
  const room = columns === undefined ? Infinity : columns - 1;
  const picture =
    record.probes.length === 0 ? [] : [...drawCapacity(record, paint, room - indent.length), ""];
  const row = (name: string, text: string): string => `${indent}${paint.dim(name.padEnd(10))}  ${text}`;
  return [
    ...describeHeadline(record.verdict, paint, room),
    "",
    ...picture.map((line) => (line === "" ? "" : cutToWidth(indent + line, room))),
    ...(record.capacity.lastPass === null || record.capacity.firstFail === null
      ? []
      : [row("certainty", describeCertainty(record))]),
    folderProblem === undefined
      ? row("run folder", describePath(folder))
      : `${indent}${paint.red("run folder")}  ${describePath(folder)} could not be written: ${folderProblem}`,
  ];
}

function describeCertainty({ capacity }: FinishedCapacity["record"]): string {
  const { lastPass, firstFail, confidence, interval } = capacity;
  const pair = `${formatShare(Math.min(confidence, 0.999))} that it is from ${show(lastPass!)} to below ${show(firstFail!)}`;
  if (interval.from === lastPass && interval.below === firstFail) return pair;
  return `${pair}, 95 % that it is ${interval.from === null ? "" : `from ${show(interval.from)} `}${interval.below === null ? "on" : `to below ${show(interval.below)}`}`;
}

function show(level: number): string {
  return level.toLocaleString("en-US");
}
