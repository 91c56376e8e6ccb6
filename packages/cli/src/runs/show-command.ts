import {
  describeForeignFigures,
  scanRuns,
  toRunsData,
  toSideBySide,
  type ListedRun,
  type StoredRun,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { printResult } from "../results/print-result.ts";
import { readFormat, type FormatFlags } from "../results/result-format.ts";
import { toPrintableRecord } from "./describe-records.ts";
import { findStored } from "./find-stored.ts";
import { printTable } from "./print-table.ts";

/** `weir runs show`: one run as it was printed at its end, or several beside each other. Throws USAGE for others. */
export async function showStoredRuns(
  words: readonly string[],
  places: readonly string[],
  flags: FormatFlags,
  context: CommandContext,
): Promise<void> {
  const format = readFormat(flags);
  const found = (await findStored(words, places, context.signal)).map(toReadable);
  const [only, ...others] = found;
  if (only === undefined) throw new WeirError("USAGE", "expected the id of a run, or latest.");
  if (others.length > 0) {
    const json = found.map(({ facts }) => facts);
    printTable({ table: toSideBySide(found), data: toRunsData(found), json }, context, format);
    if (format === "table" || format === "md") {
      const lines = describeForeignFigures(found);
      if (lines.length > 0) context.stdout.write(`\n${lines.join("\n")}\n`);
    }
    return;
  }
  const [run] = await scanRuns([only.folder], (each) => each, { signal: context.signal });
  if (run?.kind === "readable") printResult(await toPrintableRecord(run, format), context, format);
}

/** Throws USAGE for a folder that cannot be read. */
export function toReadable(run: StoredRun): ListedRun {
  if (run.kind === "readable") return run;
  throw new WeirError("USAGE", `${run.folder} cannot be read: ${run.reason}.`);
}
