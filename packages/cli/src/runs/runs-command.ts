import { Argument, Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { createFormatOptions } from "../results/result-format.ts";
import type { ImportFlags } from "./import-command.ts";
import type { ListFlags } from "./list-command.ts";
import type { PruneFlags } from "./prune-command.ts";
import type { QueryFlags } from "./query-command.ts";
import {
  createFilterOptions,
  createListFormatOptions,
  createPlaceOptions,
  readPlaces,
  type PlaceFlags,
} from "./runs-flags.ts";
import type { FormatFlags } from "../results/result-format.ts";

const runArgument = '"latest", a folder, or as much of an id as says which';

/** `weir runs`: what was measured before. Each measurement is a folder; nothing else is kept. */
export function createRunsCommand(context: CommandContext): Command {
  const command = new Command("runs").description("list, show, tag, query and prune the runs of a folder");
  for (const option of createPlaceOptions()) command.addOption(option);
  command.addHelpText("after", examples);
  const places = (): readonly string[] => readPlaces(command.opts<PlaceFlags>());

  const list = command
    .command("list", { isDefault: true })
    .description("list runs, newest first (the default: weir runs)");
  for (const option of [...createFilterOptions(), ...createListFormatOptions()]) list.addOption(option);
  list
    .option("--children", "also those that sweeps and other measurements are made of")
    .option(
      "--limit <number>",
      "show so many at most; 0 shows all (default: 30 for people, all for programs)",
    )
    .addHelpText("after", listExamples)
    .action(async (flags: ListFlags) => {
      const { listStoredRuns } = await import("./list-command.ts");
      await listStoredRuns(places(), flags, context);
    });

  const show = command
    .command("show")
    .description("show a run as it was printed at its end; several beside each other")
    .addArgument(new Argument("<id...>", runArgument));
  for (const option of createFormatOptions("Output:")) show.addOption(option);
  show.action(async (ids: readonly string[], flags: FormatFlags) => {
    const { showStoredRuns } = await import("./show-command.ts");
    await showStoredRuns(ids, places(), flags, context);
  });

  const tag = command
    .command("tag")
    .description("give a run tags, to be found by; keep and baseline also keep it from weir runs prune")
    .argument("<id>", runArgument)
    .argument("<tag...>", "one word each");
  tag
    .option("--remove", "take them away instead")
    .action(async (id: string, tags: readonly string[], flags: { remove?: boolean }) => {
      const { tagRun } = await import("./note-commands.ts");
      await tagRun(id, tags, { places: places(), ...flags }, context);
    });

  const name = command
    .command("name")
    .description("give a run another name; run.json stays as it is")
    .argument("<id>", runArgument)
    .argument("<text>", "the name; an empty one gives it back the name that it was run with");
  name.action(async (id: string, text: string) => {
    const { nameRun } = await import("./note-commands.ts");
    await nameRun(id, text, places(), context);
  });

  const query = command
    .command("query")
    .description("ask about runs in SQL, of DuckDB: the views runs, slices and samples")
    .argument("[sql]", "the question");
  for (const option of createListFormatOptions()) query.addOption(option);
  query
    .option("--schema", "list the views and their columns")
    .addHelpText("after", queryExamples)
    .action(async (sql: string | undefined, flags: QueryFlags) => {
      const { queryStoredRuns } = await import("./query-command.ts");
      await queryStoredRuns(sql, places(), flags, context);
    });

  const importing = command
    .command("import")
    .description(
      "make runs of the results of k6, Locust, vLLM bench, guidellm and AIPerf, to see beside one's own",
    )
    .argument("<file...>", "what the tool wrote; which tool it was is recognised");
  importing
    .option("--tool <tool>", "k6, locust, vllm, guidellm or aiperf: refuse files of another")
    .option("--name <text>", "a name for the run (default: the file's)")
    .option("--json", "print what is written to run.json")
    .addHelpText("after", importNotes)
    .action(async (files: readonly string[], flags: ImportFlags) => {
      const { importRuns } = await import("./import-command.ts");
      await importRuns(files, places(), flags, context);
    });

  const prune = command.command("prune").description("delete runs, after showing which and asking");
  for (const option of createFilterOptions()) prune.addOption(option);
  prune
    .option("--older <age>", "begun longer ago than 12h, 30d, 8w")
    .option("--keep <number>", "of those that the other flags mean, the newest so many stay (default: 0)")
    .option("--yes", "delete without asking")
    .addHelpText("after", pruneNotes)
    .action(async (flags: PruneFlags) => {
      const { pruneStoredRuns } = await import("./prune-command.ts");
      await pruneStoredRuns(places(), flags, context);
    });

  for (const each of command.commands) each.configureHelp({ showGlobalOptions: true });
  return command;
}

const examples = `
Examples:
  weir runs                                     the newest 30 of ./runs; weir runs list --help has filters
  weir runs show latest                         one again, as it was printed at its end
  weir runs show 4f5fb6 c476a2                  two beside each other
  weir runs tag latest release-1.4 keep
  weir runs query "SELECT name, units_per_second FROM runs ORDER BY started_at"
  weir runs import summary.json                 a result of another tool, as a run
  weir runs prune --older 30d`;

const listExamples = `
Examples:
  weir runs --since 2d --verdict limit-missed,invalid
  weir runs --name "nightly*" --tag release
  weir runs --format csv > runs.csv

Columns of csv and json are those of the view "runs": weir runs query --schema.`;

const importNotes = `
Examples:
  weir runs import summary.json              k6 run --summary-export, or what handleSummary() is given
  weir runs import points.json               k6 run --out json=points.json, or csv=points.csv
  weir runs import load_stats.csv            locust --csv load, or what --json prints
  weir runs import result.json               vllm bench serve --save-result [--save-detailed]
  weir runs import benchmarks.json           guidellm: a run for each of its benchmarks
  weir runs import profile_export_aiperf.json
  weir runs show latest 4f5fb6               two beside each other, with a note where a figure means another thing

Where a file lists its requests, figures are worked out from them. Where one of several files is no good, none is imported.`;

const pruneNotes = `
Runs go for which all flags are true, with the runs that they are made of. Never deleted is what is tagged keep or
baseline, what has a part tagged so, what cannot be read as a run, and what lies in a folder that was renamed.`;

const queryExamples = `
Examples:
  weir runs query "SELECT name, units_per_second, response_p95_ms FROM runs ORDER BY started_at"
  weir runs query "SELECT second, completed, response_p95_ms FROM slices WHERE run LIKE '20261121%'"
  weir runs query "SELECT run, status, count(*) FROM samples GROUP BY ALL"
  weir runs query "COPY (FROM samples) TO 'all.parquet'"

Runs are only read. Other files may be read and written as in DuckDB: FROM 'limits.csv'.`;
