import {
  deleteRun,
  findUnfinished,
  formatCount,
  listRuns,
  measureFolder,
  planPrune,
  toRunsTable,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { describePath } from "../console/describe-path.ts";
import { describeTable } from "../results/describe-table.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { readFilter, type FilterFlags } from "./runs-flags.ts";

export interface PruneFlags extends FilterFlags {
  readonly keep?: string | undefined;
  readonly yes?: boolean | undefined;
}

/**
 * `weir runs prune`: shows what would be deleted and how much that is, asks, deletes. Throws USAGE where nothing says
 * which runs are meant, and where nobody can be asked and --yes was not given.
 */
export async function pruneStoredRuns(
  places: readonly string[],
  flags: PruneFlags,
  context: CommandContext,
): Promise<void> {
  const { signal, stdout, stderr } = context;
  const nowMs = Date.now();
  const reader = new FlagReader();
  const filter = readFilter(flags, reader, nowMs);
  const keepNewest = reader.whole("keep", flags.keep, { least: 0, absent: 0 });
  if (flags.keep === undefined && Object.keys(filter).length === 0)
    reader.note("which runs? Say e.g. --older 30d, --keep 100 (the newest stay) or --verdict invalid.");
  reader.end();
  const runs = await listRuns(places, { children: true, signal });
  const plan = planPrune(runs, { filter, keepNewest });
  for (const { run, reason } of plan.kept) stderr.write(`kept: ${describePath(run.folder)} (${reason})\n`);
  const unfinished = await findUnfinished(plan.delete, nowMs);
  for (const run of unfinished) stderr.write(`kept: ${describePath(run.folder)} (may still be going on)\n`);
  const toDelete = plan.delete.filter((run) => !unfinished.includes(run));
  if (toDelete.length === 0) {
    stdout.write("nothing to delete\n");
    return;
  }
  let bytes = 0;
  for (const run of toDelete) bytes += await measureFolder(run.folder);
  const lines = describeTable(toRunsTable(toDelete, nowMs), createPaint(stdout, context.env));
  const what = `${formatCount(toDelete.length, "run")}, ${formatBytes(bytes)}`;
  stdout.write(`${lines.join("\n")}\n\n${what}\n`);
  if (!(await isAgreed(flags, context))) {
    stdout.write("nothing was deleted\n");
    return;
  }
  for (const run of toDelete) {
    signal.throwIfAborted();
    await deleteRun(run);
  }
  stdout.write(`deleted ${what}\n`);
}

async function isAgreed({ yes = false }: PruneFlags, { ask, signal }: CommandContext): Promise<boolean> {
  if (yes) return true;
  if (ask === undefined)
    throw new WeirError(
      "USAGE",
      "nobody is there to be asked whether to delete them. Say --yes to delete them.",
    );
  return /^y(es)?$/i.test((await ask("Delete them? [y/N] ", signal)).trim());
}

function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]!}`;
}
