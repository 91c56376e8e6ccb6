import {
  describeDefinitions,
  importedTools,
  importResults,
  toImportTable,
  type ImportedResult,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { describePath } from "../console/describe-path.ts";
import { createPaint, type Paint } from "../console/paint.ts";
import { wrapWords } from "../console/visible-text.ts";
import { describeTable } from "../results/describe-table.ts";
import type { PrintableResult } from "../results/print-result.ts";

export interface ImportFlags {
  readonly tool?: string;
  readonly name?: string;
  readonly json?: boolean;
}

/** `weir runs import`: makes runs of other tools' results. Throws USAGE for files that are none; then nothing is made. */
export async function importRuns(
  files: readonly string[],
  places: readonly string[],
  { tool, name, json = false }: ImportFlags,
  { stdout, env }: CommandContext,
): Promise<void> {
  const [outDirectory, ...others] = places;
  if (outDirectory === undefined || others.length > 0)
    throw new WeirError("USAGE", "expected one --out, as runs are written there.");
  const named = importedTools.find((each) => each === tool);
  if (tool !== undefined && named === undefined)
    throw new WeirError(
      "USAGE",
      `--tool: expected one of ${importedTools.join(", ")}, got ${JSON.stringify(tool)}. Without it the tool is recognised.`,
    );
  const imported = await importResults({
    files,
    tool: named,
    name,
    outDirectory,
  });
  if (json) {
    const records = imported.map(({ record }) => record);
    stdout.write(`${JSON.stringify(records.length === 1 ? records[0] : records, undefined, 2)}\n`);
    return;
  }
  const columns = stdout.isTTY === true ? stdout.columns : undefined;
  const paint = createPaint(stdout, env);
  for (const each of imported) stdout.write(`\n${describeImported(each, paint, columns).join("\n")}\n`);
}

/** A result of another tool in every form that it can be printed in. */
export function toPrintableImport(result: ImportedResult): PrintableResult {
  return {
    record: result.record as unknown as PrintableResult["record"],
    tables: [toImportTable(result.record)],
    remarks: describeDefinitions(result.record.imported.definitions).map((line) => `- ${line}`),
    describe: (paint, columns) => describeImported(result, paint, columns),
  };
}

function describeImported({ record, folder }: ImportedResult, paint: Paint, columns = Infinity): string[] {
  const { verdict, imported } = record;
  const wrap = (text: string): string[] => [...wrapWords(text, columns - 1)];
  return [
    ...wrap(verdict.sentence).map(paint.bold),
    ...verdict.reasons.flatMap(wrap),
    "",
    ...describeTable(toImportTable(record), paint),
    "",
    ...describeDefinitions(imported.definitions).flatMap(wrap),
    ...imported.others.flatMap(({ name, meaning }) => wrap(`${name}: no figure of Weir's: ${meaning}`)),
    "",
    `${paint.dim("from")}        ${imported.format}: ${imported.files.join(", ")}`,
    `${paint.dim("run folder")}  ${describePath(folder)}`,
  ];
}
