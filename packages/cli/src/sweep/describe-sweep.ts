import {
  describeGain,
  describeSettings,
  toCaseTable,
  toProjectionTable,
  toRecommendationTable,
  useNames,
  type DataTable,
  type FinishedSweep,
  type SweepRecord,
} from "@weir/lab";
import { describePath } from "../console/describe-path.ts";
import type { Paint } from "../console/paint.ts";
import { cutToWidth, visibleWidth, wrapWords } from "../console/visible-text.ts";
import { describeHeadline } from "../results/describe-headline.ts";
import { describeTable } from "../results/describe-table.ts";

const indent = "  ";

/** A sweep's result: one sentence, every case, red flags, what to set, how long documents take. */
export function describeSweep(
  { record, folder, folderProblem }: FinishedSweep,
  again: string,
  paint: Paint,
  columns: number | undefined,
): string[] {
  const room = columns === undefined ? Infinity : columns - 1;
  const table = (data: DataTable): string[] =>
    data.rows.length === 0
      ? []
      : ["", ...fitTable(data, paint, room - indent.length).map((line) => indent + line)];
  const where = describePath(folder);
  return [
    ...describeHeadline(record.verdict, paint, room),
    ...table(toCaseTable(record)),
    ...describeVectors(record, paint, room),
    ...describeFlags(record, paint, room),
    ...table(toRecommendationTable(record)),
    ...describeEvidence(record, paint, room),
    ...describeSnippet(record, paint),
    ...table(toProjectionTable(record)),
    "",
    folderProblem === undefined
      ? `${indent}${paint.dim("folder")}  ${where}`
      : `${indent}${paint.red("folder")}  ${where} could not be written: ${folderProblem}`,
    ...(record.summary.end.kind === "finished"
      ? []
      : [`${indent}${paint.dim("go on")}   ${again} --resume ${where}`]),
  ];
}

/** Columns that are missed least where a terminal is narrow, the least first. */
const dispensable = [
  "maxMs",
  "series",
  "againLow",
  "againHigh",
  "low",
  "high",
  "requests",
  "variation",
  "p50Ms",
  "serverRssBytes",
  "slowestMs",
  "input",
  "gain",
  "documents10000",
  "documents1000",
  "speedUp",
];

function fitTable(data: DataTable, paint: Paint, room: number): string[] {
  let fitting = data;
  for (const key of dispensable) {
    const lines = describeTable(fitting, paint);
    if (lines.every((line) => visibleWidth(line) <= room)) return lines;
    const kept = fitting.columns.map((column) => column.key !== key);
    fitting = {
      ...fitting,
      columns: fitting.columns.filter((_, place) => kept[place]),
      rows: fitting.rows.map((row) => ({ ...row, cells: row.cells.filter((_, place) => kept[place]) })),
    };
  }
  return describeTable(fitting, paint).map((line) => cutToWidth(line, room));
}

function describeVectors({ vectors }: SweepRecord, paint: Paint, room: number): string[] {
  if (vectors === null) return [];
  const said = wrapWords(vectors.sentence, room - 11).map(
    (line, at) => `${indent}${paint.dim((at === 0 ? "vectors" : "").padEnd(7))}  ${line}`,
  );
  return ["", ...said];
}

function describeFlags({ redFlags }: SweepRecord, paint: Paint, room: number): string[] {
  return redFlags.flatMap(({ sentence, causes, next }) => [
    "",
    ...wrapWords(`Red flag: ${sentence}`, room - indent.length).map((line) => indent + paint.red(line)),
    ...causes.flatMap(({ cause, seen, evidence }) =>
      wrapWords(`${seen ? cause : `${cause}, perhaps`}: ${evidence}`, room - 4).map((line) => `    ${line}`),
    ),
    `    ${paint.dim("next:")} ${next}`,
  ]);
}

function describeEvidence({ recommendations }: SweepRecord, paint: Paint, room: number): string[] {
  return recommendations.flatMap((each) => {
    const names = each.uses.map((use) => useNames[use]).join(", ");
    const against = each.uses.includes("latency")
      ? ""
      : ` ${describeSettings(each.choice)}: ${describeGain(each)}.`;
    return wrapWords(`${names}: ${each.why}${against}`, room - indent.length).map(
      (line) => indent + paint.dim(line),
    );
  });
}

function describeSnippet({ config, plan }: SweepRecord, paint: Paint): string[] {
  if (Object.keys(config).length === 0) return [];
  const lines = JSON.stringify(config, undefined, 2)
    .replaceAll(/\{\n\s+("[^{}]*?)\n\s+\}/g, (_, inner: string) => `{ ${inner.replaceAll(/\n\s+/g, " ")} }`)
    .split("\n");
  const of =
    plan.matrix.kind === "embeddings"
      ? " (options of @weir/client; batchSize and concurrency are --batch and --users of weir run)"
      : "";
  return ["", `${indent}${paint.bold("To paste")}${paint.dim(of)}`, ...lines.map((line) => indent + line)];
}
