import {
  filterRuns,
  formatCount,
  listRuns,
  toRunsData,
  toRunsTable,
  type RunFilter,
  type StoredRun,
} from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { readFormat, type FormatFlags } from "../results/result-format.ts";
import { printTable } from "./print-table.ts";
import { readFilter, type FilterFlags } from "./runs-flags.ts";

export interface ListFlags extends FilterFlags, FormatFlags {
  readonly children?: boolean | undefined;
  readonly limit?: string | undefined;
}

/** A terminal scrolls the newest away when more are shown. */
const defaultRows = 30;

/** `weir runs list`. Throws USAGE for flags that are no good and folders that are not there. */
export async function listStoredRuns(
  places: readonly string[],
  flags: ListFlags,
  context: CommandContext,
): Promise<void> {
  const nowMs = Date.now();
  const format = readFormat(flags);
  const reader = new FlagReader();
  const filter = readFilter(flags, reader, nowMs);
  const limit = reader.whole("limit", flags.limit, {
    least: 0,
    absent: format === "table" ? defaultRows : 0,
  });
  reader.end();
  const { children = false } = flags;
  const runs = await listRuns(places, { children, signal: context.signal });
  const meant = filterRuns(runs, filter);
  const shown = limit === 0 ? meant : meant.slice(0, limit);
  if (meant.length === 0 && format === "table") {
    const none = runs.length === 0 ? "no runs" : `none of ${formatCount(runs.length, "run")} matches`;
    context.stderr.write(`${none} in ${places.join(", ")}${describeChoices(runs, filter)}\n`);
    return;
  }
  const table = toRunsTable(shown, nowMs);
  printTable({ table, data: toRunsData(shown), json: shown.map(toJson) }, context, format);
  if (shown.length < meant.length)
    context.stderr.write(
      `${(meant.length - shown.length).toLocaleString("en-US")} older of ${formatCount(meant.length, "run")} not shown; --limit 0 shows all\n`,
    );
}

/** What there is of what was asked for: a verdict spelled wrong matches nothing either. */
function describeChoices(runs: readonly StoredRun[], { kinds, verdicts }: RunFilter): string {
  const valuesOf = (fact: string, unreadable: string[]): string =>
    [...new Set(runs.flatMap((run) => (run.kind === "readable" ? [String(run.facts[fact])] : unreadable)))]
      .toSorted()
      .join(", ");
  const choices = [
    ...(kinds === undefined ? [] : [`kinds: ${valuesOf("kind", [])}`]),
    ...(verdicts === undefined ? [] : [`verdicts: ${valuesOf("verdict", ["unreadable"])}`]),
  ];
  return runs.length === 0 || choices.length === 0 ? "" : ` (there are ${choices.join("; ")})`;
}

/** The columns of the view `runs`; of what could not be read, why. */
function toJson(run: StoredRun): unknown {
  if (run.kind === "readable") return run.facts;
  const { id, folder, parent, reason } = run;
  return { id, folder, parent, unreadable: reason };
}
