import { completeRunRecord, listRuns, toRunsTable, type ReadRun } from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { describePath } from "../console/describe-path.ts";
import { wrapWords } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import type { PrintableResult } from "../results/print-result.ts";
import { toPrintableRun } from "../run/run-and-report.ts";

/** Makes of a stored record what was printed at its end. Undefined where the record is not of the kind. */
type Describer = (run: ReadRun) => PrintableResult | undefined;

/** By kind of record. What has none here is shown by its sentence and its parts. */
const describers: Readonly<Record<string, Describer>> = {
  run({ record, folder }) {
    const complete = completeRunRecord(record);
    return complete && toPrintableRun({ record: complete, folder, folderProblem: undefined, exitCode: 0 });
  },
};

/** A stored measurement of any kind in every form that it can be printed in. */
export async function toPrintableRecord(run: ReadRun): Promise<PrintableResult> {
  return describers[run.record.kind]?.(run) ?? (await toPrintableParts(run));
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
