import {
  formatCount,
  startCalibration,
  toCalibrationTable,
  type CalibrateRequest,
  type FinishedCalibration,
} from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { describePath } from "../console/describe-path.ts";
import { createPaint, type Paint } from "../console/paint.ts";
import { cutToWidth } from "../console/visible-text.ts";
import { describeHeadline } from "../results/describe-headline.ts";
import { describeTable } from "../results/describe-table.ts";
import { printResult, type PrintableResult } from "../results/print-result.ts";
import type { ResultFormat } from "../results/result-format.ts";
import { createRunProgress } from "../run/run-progress.ts";

/** Carries out a calibration with live progress on stderr, prints its result, and returns it. */
export async function calibrateAndReport(
  request: CalibrateRequest,
  context: CommandContext,
  { format, quiet }: { readonly format: ResultFormat; readonly quiet: boolean },
): Promise<FinishedCalibration> {
  const { stderr, signal, env } = context;
  const paint = createPaint(stderr, env);
  const progress = quiet ? undefined : createRunProgress(stderr, paint);
  const finished = await (async () => {
    try {
      return await startCalibration(request, {
        signal,
        ...(progress !== undefined && {
          onLevel: (users, index) => {
            progress.end();
            const level = `level ${index + 1} of ${request.users.length}`;
            stderr.write(
              `${paint.dim(`${level}: ${formatCount(users, "stream")}, then as many whole answers`)}\n`,
            );
          },
          onProgress: (now) => progress.show(now),
        }),
      });
    } finally {
      progress?.end();
    }
  })();
  printResult(toPrintableCalibration(finished), context, format);
  return finished;
}

/** A calibration in every form that it can be printed in. */
export function toPrintableCalibration(finished: FinishedCalibration): PrintableResult {
  return {
    record: finished.record,
    tables: [toCalibrationTable(finished.record)],
    describe: (paint, columns) => describeCalibration(finished, paint, columns),
  };
}

function describeCalibration(
  { record, folder, folderProblem }: FinishedCalibration,
  paint: Paint,
  columns: number | undefined,
): string[] {
  const room = columns === undefined ? Infinity : columns - 1;
  const table = record.levels.length === 0 ? [] : [...describeTable(toCalibrationTable(record), paint), ""];
  const row = (name: string, text: string): string => `  ${paint.dim(name.padEnd(10))}  ${text}`;
  return [
    ...describeHeadline(record.verdict, paint, room),
    "",
    ...table.map((line) => (line === "" ? "" : cutToWidth(`  ${line}`, room))),
    ...(record.keptIn === null ? [] : [row("kept in", describePath(record.keptIn))]),
    row(
      "run folder",
      folderProblem === undefined
        ? describePath(folder)
        : `${describePath(folder)} ${paint.red(`not all could be written: ${folderProblem}`)}`,
    ),
  ];
}
