import {
  completeRunRecord,
  listRuns,
  toRunsTable,
  type ImportRecord,
  type ReadRun,
  type RunRecord,
  type SweepRecord,
} from "@weir/lab";
import { toPrintableCalibration } from "../calibrate/calibrate-and-report.ts";
import { toPrintableCapacity } from "../capacity/find-and-report.ts";
import { toPrintableCheck } from "../check/check-and-report.ts";
import { toPrintableCompare } from "../compare/compare-and-report.ts";
import { createPaint, type Paint } from "../console/paint.ts";
import { describePath } from "../console/describe-path.ts";
import { wrapWords } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import type { PrintableResult } from "../results/print-result.ts";
import type { ResultFormat } from "../results/result-format.ts";
import { toPrintableRun } from "../run/run-and-report.ts";
import { toPrintableImport } from "./import-command.ts";
import { toPrintableSweep } from "../sweep/sweep-and-report.ts";

/** What the run of any kind gives back at its end. Its exit code was for the command that it was. */
interface Finished<Record> {
  readonly record: Record;
  readonly folder: string;
  readonly folderProblem: undefined;
  readonly exitCode: number;
}

function toFinished<Record>({ record, folder }: ReadRun): Finished<Record> {
  return { record: record as unknown as Record, folder, folderProblem: undefined, exitCode: 0 };
}

/** Makes of a stored record what was printed at its end. Undefined where the record is not of the kind. */
type Describer = (run: ReadRun, format: ResultFormat) => PrintableResult | undefined;

/** By kind of record. What has none here is shown by its sentence and its parts. */
const describers: Readonly<Record<string, Describer>> = {
  run(run) {
    const record = completeRunRecord(run.record);
    return record && toPrintableRun({ ...toFinished<RunRecord>(run), record });
  },
  sweep(run) {
    const finished = toFinished<SweepRecord>(run);
    return toPrintableSweep(finished, `weir sweep ${finished.record.plan.url}, with the same flags and`);
  },
  capacity: (run) => toPrintableCapacity(toFinished(run)),
  calibrate: (run) => toPrintableCalibration(toFinished(run)),
  compare: (run) => toPrintableCompare(toFinished(run)),
  import: (run) => toPrintableImport(toFinished<ImportRecord>(run)),
  check: (run, format) => toPrintableCheck(toFinished(run), format),
};

/**
 * A stored measurement of any kind in every form that it can be printed in. One that lacks what its describer reads, as
 * another version of Weir wrote it, is shown by its sentence and its parts.
 */
export async function toPrintableRecord(run: ReadRun, format: ResultFormat): Promise<PrintableResult> {
  try {
    const printable = describers[run.record.kind]?.(run, format);
    printable?.describe(createPaint({ write: () => {} }, {}), undefined);
    if (printable !== undefined) return printable;
  } catch (error) {
    // What else can go wrong is not for reading a record.
    if (!(error instanceof TypeError)) throw error;
  }
  return await toPrintableParts(run);
}

async function toPrintableParts({ record, folder }: ReadRun): Promise<PrintableResult> {
  const parts = (await listRuns([folder])).filter(({ parent }) => parent !== null).toReversed();
  const table = { ...toRunsTable(parts, Date.now()), title: `Runs of this ${record.kind}` };
  const { sentence, reasons } = record.verdict;
  return {
    record: record as unknown as PrintableResult["record"],
    tables: parts.length === 0 ? [] : [table],
    describe: (paint: Paint, columns = Infinity) => [
      ...wrapWords(sentence, columns - 1).map(paint.bold),
      ...reasons
        .filter((reason) => !sentence.includes(reason))
        .flatMap((reason) => wrapWords(reason, columns - 1)),
      "",
      ...(parts.length === 0 ? [] : [...describeTable(table, paint), ""]),
      `${paint.dim("run folder")}  ${describePath(folder)}`,
    ],
  };
}
