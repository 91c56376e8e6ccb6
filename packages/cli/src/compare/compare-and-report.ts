import { appendFile, rm, stat, writeFile } from "node:fs/promises";
import {
  chooseRoundMetrics,
  encodeFileReport,
  describeMetricName,
  describeSchedule,
  formatCount,
  formatShare,
  startCompare,
  toCompareTables,
  toFileTables,
  type CompareRequest,
  type FinishedCompare,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { printResult, type PrintableResult } from "../results/print-result.ts";
import type { ResultFormat } from "../results/result-format.ts";
import { createCompareProgress } from "./compare-progress.ts";
import { describeCompare, describeMeasured } from "./describe-compare.ts";
import { toCompareJunit } from "./to-junit.ts";

export interface CompareOutput {
  readonly format: ResultFormat;
  readonly quiet: boolean;
  /** File that JUnit is written to. */
  readonly junit: string | undefined;
  /** File that the results of each file are written to. */
  readonly files?: string | undefined;
}

/** Carries out a comparison with progress on stderr, prints its result, and returns what to exit with. */
export async function compareAndReport(
  request: CompareRequest,
  context: CommandContext,
  output: CompareOutput,
): Promise<number> {
  const { stderr, signal, env } = context;
  await checkWritable(output);
  const paint = createPaint(stderr, env);
  const metricName = chooseRoundMetrics(request)[0].name;
  const progress = output.quiet ? undefined : createCompareProgress(stderr, request, metricName, paint);
  if (progress !== undefined) stderr.write(`${paint.dim(describeWhat(request, metricName))}\n`);
  const finished = await (async () => {
    try {
      return await startCompare(request, {
        signal,
        ...(progress !== undefined && { onProgress: (now) => progress.show(now) }),
      });
    } finally {
      progress?.end();
    }
  })();
  return await reportCompare(finished, context, output);
}

/** Prints a comparison that has ended, writes its JUnit file, and returns what to exit with. */
export async function reportCompare(
  finished: FinishedCompare,
  context: CommandContext,
  { format, junit, files }: CompareOutput,
): Promise<number> {
  printResult(toPrintableCompare(finished), context, format);
  if (junit !== undefined) await writeResult("--junit", junit, toCompareJunit(finished.record));
  if (files !== undefined && finished.files !== undefined)
    await writeResult("--output", files, encodeFileReport(finished.files));
  return finished.exitCode;
}

/** A comparison in every form that it can be printed in. */
export function toPrintableCompare(finished: FinishedCompare): PrintableResult {
  const { record } = finished;
  return {
    record,
    tables: [
      ...toCompareTables(record),
      ...(finished.files === undefined ? [] : toFileTables(finished.files)),
    ],
    remarks: [describeSides(record.sides), describeMeasured(record)],
    describe: (paint, columns) => describeCompare(finished, paint, columns),
  };
}

function describeSides({ a, b }: FinishedCompare["record"]["sides"]): string {
  const where = ({ label, url, start }: typeof a): string => `${label}: \`${start ?? url}\``;
  return `${where(a)}, ${where(b)}`;
}

/** A file that cannot be written is said before minutes of measuring, not after. Nothing is left of the attempt. */
async function checkWritable({ junit, files }: CompareOutput): Promise<void> {
  for (const [flag, file] of [
    ["--junit", junit],
    ["--output", files],
  ] as const) {
    if (file === undefined) continue;
    const isThere = await stat(file).then(
      () => true,
      () => false,
    );
    await asUsage(flag, file, async () => {
      await appendFile(file, "");
      if (!isThere) await rm(file);
    });
  }
}

async function writeResult(flag: string, file: string, content: string): Promise<void> {
  await asUsage(flag, file, async () => await writeFile(file, content));
}

async function asUsage(flag: string, file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `${flag}: expected a file that can be written, got ${file}: ${reason}.`);
  }
}

/** What is about to happen, as one line. */
function describeWhat(request: CompareRequest, metricName: string): string {
  const { a, b, maxRounds, delta, against } = request;
  const where = ({ start, run }: typeof a): string => start ?? run.url;
  const sides = against === "itself" ? `${where(a)} against itself` : `A ${where(a)} · B ${where(b)}`;
  const load =
    a.run.schedule === undefined ? formatCount(a.run.users, "user") : describeSchedule(a.run.schedule);
  return `${sides} · ${load} · ${describeMetricName(metricName, "units")}, differences from ${formatShare(delta)} on matter · at most ${maxRounds} rounds`;
}
