import {
  describeSizeSlope,
  formatCount,
  formatDuration,
  formatMs,
  formatNumber,
  formatShare,
  type FinishedRun,
  type RunRecord,
  type RunSummary,
} from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { describeHeadline } from "../results/describe-headline.ts";
import { layOutTable } from "../console/text-table.ts";
import { cutToWidth, quoteForeign, wrapWords } from "../console/visible-text.ts";
import { describePath } from "../console/describe-path.ts";
import { describeAttempts } from "./describe-attempts.ts";
import { describeParts } from "./describe-parts.ts";
import { describeLatency } from "./describe-latency.ts";
import { describeServer, describeWhere } from "./describe-server-side.ts";
import { describeTokens } from "./describe-tokens.ts";

const indent = "  ";
const longestBody = 160;

/** A run's result: one sentence, then a table, then where it was written. Cut to `columns` where they are known. */
export function describeRun(finished: FinishedRun, paint: Paint, columns: number | undefined): string[] {
  const { record, folderProblem } = finished;
  const folder = describePath(finished.folder);
  const room = columns === undefined ? Infinity : columns - 1 - indent.length;
  const table = record.summary.end.kind === "not-started" ? [] : describeTable(record, paint, room);
  const fit = (line: string): string => (columns === undefined ? line : cutToWidth(line, columns - 1));
  return [
    ...describeHeadline(record.verdict, paint, room + indent.length),
    "",
    ...table.map((line) => fit(line === "" ? "" : indent + line)),
    ...(table.length > 0 ? [""] : []),
    folderProblem === undefined
      ? `${indent}${paint.dim("run folder")}  ${folder}`
      : `${indent}${paint.red("run folder")}  ${folder} could not be written: ${folderProblem}`,
  ];
}

function describeTable(record: RunRecord, paint: Paint, room: number): string[] {
  const parts = describeParts(record.summary, paint);
  const where = describeWhere(record.server ?? null, paint);
  return [
    ...describeRates(record, paint),
    "",
    ...describeLatency(record.summary, paint),
    "",
    ...(parts.length === 0 ? [] : [...parts, ""]),
    ...(where.length === 0 ? [] : [...where, ""]),
    ...[...describeFailures(record, paint), ...describeRest(record, paint)].flatMap(([name, text]) =>
      pair(name, text, paint, room),
    ),
  ];
}

function describeRates({ summary }: RunRecord, paint: Paint): string[] {
  const seconds = (summary.window.endMs - summary.window.startMs) / 1000;
  const rate = (count: number): string => (seconds > 0 ? formatNumber(count / seconds) : "-");
  return layOutTable([
    [paint.dim("rate"), paint.dim("offered"), paint.dim("sent"), paint.dim("completed"), paint.dim("in all")],
    [
      "requests/s",
      rate(summary.offered),
      rate(summary.sent),
      rate(summary.completed),
      summary.completed.toLocaleString("en-US"),
    ],
    // Requests are above already, and tokens that nobody counted would read as none at all.
    ...(summary.units.kind === "requests" || (summary.units.kind === "tokens" && summary.tokens === null)
      ? []
      : [
          [
            `${summary.units.kind}/s`,
            "",
            "",
            formatNumber(summary.units.perSecond),
            summary.units.total.toLocaleString("en-US"),
          ],
        ]),
  ]);
}

type Row = readonly [name: string, text: string];

function describeFailures({ summary }: RunRecord, paint: Paint): Row[] {
  const kinds = Object.entries(summary.failed.byKind);
  if (kinds.length === 0) return [["errors", "none"]];
  const names = layOutTable(kinds.map(([kind, { count }]) => [kind, count.toLocaleString("en-US")]));
  return kinds.flatMap(([, { firstMessage, firstBody }], index) => {
    const body = quoteForeign(firstBody, longestBody);
    const said = quoteForeign(firstMessage, longestBody);
    return [
      [index === 0 ? "errors" : "", `${paint.red(names[index]!)}  ${said}`],
      ...(body === "" ? [] : [["", paint.dim(`first body: ${body}`)] as const]),
    ];
  });
}

function describeRest(record: RunRecord, paint: Paint): Row[] {
  const { summary, environment } = record;
  const { checks, truncated, units, warmUp, attainment, untilFirstFailure } = summary;
  const rows: Row[] = [];
  if (truncated !== null)
    rows.push(["truncated", describeTruncated(truncated, checks.truncationKnownOf, units.kind)]);
  else if (units.kind === "texts") rows.push(["truncated", "the server does not say"]);
  if (checks.examined > 0)
    rows.push([
      "checked",
      `${formatCount(checks.examined, "answer")} read whole, ${checks.failed === 0 ? "none" : checks.failed.toLocaleString("en-US")} wrong`,
    ]);
  const { bySize } = summary;
  if (bySize !== null && bySize !== undefined) rows.push(["size", describeSizeSlope(bySize)]);
  rows.push(...describeTokens(summary), ...describeAttempts(summary));
  if (attainment !== null) rows.unshift(["attained", describeAttainment(attainment)]);
  if (untilFirstFailure !== null && untilFirstFailure.completed > 0)
    rows.push(["well until", describeUntilFirstFailure(untilFirstFailure)]);
  if (warmUp.completed + warmUp.failed > 0)
    rows.push([
      "warm-up",
      `${formatCount(warmUp.completed + warmUp.failed, "request")}, ${warmUp.failed === 0 ? "none" : warmUp.failed.toLocaleString("en-US")} failed; not counted above`,
    ]);
  rows.push(...describeCutOff(summary));
  rows.push(...describeServer(record.server ?? null, paint));
  rows.push(["generator", describeGenerator(record, paint)]);
  // A verdict of its own says why; beside another one it must stand here.
  if (!record.generator.valid && record.verdict.kind !== "invalid")
    rows.push(...record.generator.reasons.map((reason): Row => ["", paint.red(reason)]));
  const longer = (summary.serverMs?.n ?? 0) - (summary.serverRestMs?.n ?? 0);
  if (longer > 0)
    rows.push([
      "note",
      paint.yellow(
        `in ${formatCount(longer, "answer")} the server says that it took longer than the answer did: check the unit of the times it reports`,
      ),
    ]);
  for (const warning of summary.warnings) rows.push(["note", paint.yellow(warning)]);
  if (environment.target.info?.["reference_weights"] === true)
    rows.push(["model", paint.yellow("reference weights: real cost, meaningless answers")]);
  return rows;
}

function describeCutOff({ cutOff, cutOffs }: RunSummary): Row[] {
  if (cutOffs === null) return [];
  const waiting = cutOffs.ageMs.n - cutOff;
  const which = [
    ...(cutOff > 0 ? [`${formatCount(cutOff, "request")} in flight`] : []),
    ...(waiting > 0 ? [`${formatCount(waiting, "request")} still to be sent`] : []),
  ];
  return [
    [
      "cut off",
      `${which.join(" and ")} at the end, due up to ${formatMs(cutOffs.ageMs.max ?? 0)} before; neither completed nor failed`,
    ],
  ];
}

function describeAttainment({ slots, attained, share }: NonNullable<RunSummary["attainment"]>): string {
  return `${attained.toLocaleString("en-US")} of ${formatCount(slots, "slot")} begun${share === null ? "" : ` (${formatShare(share)})`}`;
}

function describeUntilFirstFailure(until: NonNullable<RunSummary["untilFirstFailure"]>): string {
  const { completed, endMs, latencyMs } = until;
  const { p50, p95 } = latencyMs.response;
  const figures = [
    ...(p50 === null ? [] : [`p50 ${formatMs(p50)}`]),
    ...(p95 === null ? [] : [`p95 ${formatMs(p95)}`]),
  ];
  return `${formatCount(completed, "request")} before the first failure at ${formatDuration(endMs)}: ${figures.join(", ")}`;
}

function describeTruncated(truncated: number, knownOf: number, unit: string): string {
  return `${truncated === 0 ? "none" : truncated.toLocaleString("en-US")} of ${knownOf.toLocaleString("en-US")} ${unit} that the server reports on`;
}

function describeGenerator({ generator }: RunRecord, paint: Paint): string {
  const { eventLoopDelayMs, cpu, valid, judged } = generator;
  if (eventLoopDelayMs === null || cpu === null) return "idle";
  const state = !valid
    ? paint.red("INVALID")
    : judged
      ? paint.green("valid")
      : "too short a run to judge the generator";
  const workers =
    generator.workers.length > 1 ? `, ${generator.workers.length} workers (the worst of them)` : "";
  return `${state}, event loop late by ${formatMs(eventLoopDelayMs.p99)} (p99), busy ${Math.round(cpu.eventLoopBusy * 100)} %, ${formatNumber(cpu.cores)} cores used${workers}${describeError(generator)}`;
}

/** What a calibration found of our own error at about this load. */
function describeError({ calibration }: RunRecord["generator"]): string {
  if (calibration == null) return "";
  const { ttftErrorMs, responseErrorMs, chunkGapErrorMs, users, covers } = calibration;
  const errors = [ttftErrorMs, responseErrorMs, chunkGapErrorMs].filter((error) => error !== null);
  if (errors.length === 0) return "";
  const known = `client error \u00B1${formatMs(Math.max(0, ...errors))}`;
  return `; ${known} (calibrated at ${formatCount(users, "user")}${covers ? "" : ", less load than this"})`;
}

const nameColumns = 10;

function pair(name: string, text: string, paint: Paint, room: number): string[] {
  const lines = wrapWords(text, room - nameColumns - 2);
  return lines.map((line, index) => `${paint.dim((index === 0 ? name : "").padEnd(nameColumns))}  ${line}`);
}
