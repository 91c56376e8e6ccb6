import { writeFile } from "node:fs/promises";
import {
  encodeCsv,
  encodeRecord,
  formatCount,
  startSweep,
  toCaseTable,
  toProjectionTable,
  toRecommendationTable,
  type FinishedSweep,
  type SweepRequest,
} from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { printResult, type PrintableResult } from "../results/print-result.ts";
import type { ResultFormat } from "../results/result-format.ts";
import { describeSweep } from "./describe-sweep.ts";
import { createSweepProgress } from "./sweep-progress.ts";

export interface SweepOutputOptions {
  readonly format: ResultFormat;
  /** Nothing is shown while it measures. */
  readonly quiet: boolean;
  readonly exportCsv?: string | undefined;
  readonly exportJson?: string | undefined;
  /** The command line, to be given once more with `--resume`. */
  readonly again: string;
}

/**
 * Carries out a sweep with live progress on stderr, prints its result, and returns it. Exit code and process are the
 * caller's. Throws only where the request is no good; every other end is a result.
 */
export async function sweepAndReport(
  request: SweepRequest,
  context: CommandContext,
  options: SweepOutputOptions,
): Promise<FinishedSweep> {
  const { stderr, signal, env } = context;
  const paint = createPaint(stderr, env);
  const progress = options.quiet ? undefined : createSweepProgress(stderr, paint);
  const tell = (line: string): void => {
    if (!options.quiet) stderr.write(`${paint.dim(line)}\n`);
  };
  const { cases } = request.matrix;
  tell(
    `${formatCount(cases.length, "case")}, each visited ${formatCount(request.budget.repeats, "time")}, in shuffled order`,
  );
  const finished = await (async () => {
    try {
      return await startSweep(request, {
        signal,
        onTarget: (evidence) => tell(`${request.url}${evidence.length === 0 ? "" : `: ${evidence.at(-1)!}`}`),
        ...(progress !== undefined && { onProgress: (now) => progress.show(now) }),
      });
    } finally {
      progress?.end();
    }
  })();
  printResult(toPrintableSweep(finished, options.again), context, options.format);
  await exportTo(options.exportCsv, encodeCsv(toCaseTable(finished.record)), context);
  await exportTo(options.exportJson, encodeRecord(finished.record), context);
  return finished;
}

async function exportTo(
  file: string | undefined,
  content: string,
  { stderr }: CommandContext,
): Promise<void> {
  if (file === undefined) return;
  try {
    await writeFile(file, content);
  } catch (error) {
    stderr.write(`${file} could not be written: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** A sweep in every form that it can be printed in. */
export function toPrintableSweep(finished: FinishedSweep, again: string): PrintableResult {
  const { record } = finished;
  return {
    record,
    tables: [toCaseTable(record), toRecommendationTable(record), toProjectionTable(record)].filter(
      ({ rows }, place) => place === 0 || rows.length > 0,
    ),
    remarks: [
      ...record.redFlags.map(
        ({ sentence, causes, next }) =>
          `**Red flag:** ${sentence} ${causes.map(({ cause, evidence }) => `${cause}: ${evidence}`).join(" ")} Next: \`${next}\``,
      ),
      ...(Object.keys(record.config).length === 0
        ? []
        : [`\`\`\`json\n${JSON.stringify(record.config, undefined, 2)}\n\`\`\``]),
    ],
    describe: (paint, columns) => describeSweep(finished, again, paint, columns),
  };
}
