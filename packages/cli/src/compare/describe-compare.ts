import {
  formatCount,
  formatDuration,
  toCompareTables,
  toFileTables,
  type CompareRecord,
  type CompareVerdictKind,
  type FinishedCompare,
} from "@weir/lab";
import { describePath } from "../console/describe-path.ts";
import type { Paint } from "../console/paint.ts";
import { cutToWidth, wrapWords } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import { drawInterval, drawRounds } from "./draw-change.ts";

const indent = "  ";

/** A comparison's result: one sentence, a picture of the rounds, the tables, then where it was written. */
export function describeCompare(
  { record, folder, folderProblem, files }: FinishedCompare,
  paint: Paint,
  columns: number | undefined,
): string[] {
  const room = columns === undefined ? Infinity : columns - 1 - indent.length;
  const fit = (line: string): string => (columns === undefined ? line : cutToWidth(line, columns - 1));
  const hasFigures = record.metrics.some(({ rounds }) => rounds > 0);
  const body = [
    ...describePicture(record, room, paint),
    ...(hasFigures ? toCompareTables(record) : []).flatMap((table) => [...describeTable(table, paint), ""]),
    ...(files === undefined ? [] : toFileTables(files)).flatMap((table) => [
      ...describeTable(table, paint),
      "",
    ]),
  ];
  const written = describePath(folder);
  return [
    ...describeVerdict(record, paint, room),
    "",
    ...body.map((line) => fit(line === "" ? "" : indent + line)),
    `${indent}${paint.dim("measured")}    ${describeMeasured(record)}`,
    folderProblem === undefined
      ? `${indent}${paint.dim("run folder")}  ${written}`
      : `${indent}${paint.red("run folder")}  ${written} could not be written: ${folderProblem}`,
  ];
}

const headings: Readonly<Record<CompareVerdictKind, string | undefined>> = {
  faster: undefined,
  same: undefined,
  slower: "SLOWER",
  "limit-missed": "LIMIT MISSED",
  stopped: "STOPPED EARLY",
  inconclusive: "NOT DECIDED",
  invalid: "INVALID",
  "not-measured": "NOT MEASURED",
  interrupted: "INTERRUPTED",
};

function describeVerdict({ verdict }: CompareRecord, paint: Paint, room: number): string[] {
  const { kind, sentence, reasons } = verdict;
  const heading = headings[kind];
  const warn = kind === "interrupted" || kind === "inconclusive" ? paint.yellow : paint.red;
  const others = reasons.filter((reason) => !sentence.includes(reason.replace(/\.$/, "")));
  const lines = sentence.split("\n").flatMap((line) => wrapWords(line, room));
  return [
    ...(heading === undefined ? [] : [warn(paint.bold(heading))]),
    ...lines.map(paint.bold),
    ...others
      .flatMap((reason) => reason.split("\n"))
      .flatMap((line) => wrapWords(line, room))
      .map((line) => indent + paint.yellow(line)),
  ];
}

function describePicture({ metrics, rounds, plan }: CompareRecord, room: number, paint: Paint): string[] {
  const [primary] = metrics;
  const changes = rounds.flatMap(({ change }) => (change === null ? [] : [change]));
  if (primary === undefined || primary.change === null || changes.length === 0) return [];
  const columns = Math.max(21, Math.min(61, room - 24));
  const drawn = { change: primary.change, interval: primary.interval, delta: plan.delta, changes };
  return [
    drawRounds(drawn, columns) + paint.dim("  rounds"),
    drawInterval(drawn, columns),
    paint.dim("| no difference, : what matters, [+] B against A and its 95 % interval"),
    "",
  ];
}

/** `8 rounds of 2 x 5 s (ABBA), seed 1, on 2 cores of ...`. */
export function describeMeasured({ rounds, plan, environment }: CompareRecord): string {
  const { halfMs, halfRequests, interleaved, seed } = plan;
  const half = [
    ...(halfMs === null ? [] : [formatDuration(halfMs)]),
    ...(halfRequests === null ? [] : [formatCount(halfRequests, "request")]),
  ].join(" or ");
  const how = interleaved
    ? `${formatCount(rounds.length, "round")}${half === "" ? "" : ` of 2 x ${half}`}, ABBA, seed ${seed}`
    : "two stored runs, not interleaved";
  const { cpu, loadAverage, nodeVersion, weirVersion } = environment;
  return `${how}; from ${formatCount(cpu.cores, "core")} of ${cpu.model}, load ${loadAverage.toFixed(1)}; weir ${weirVersion}, Node ${nodeVersion}`;
}
