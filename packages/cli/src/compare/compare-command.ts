import { Argument, Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { ambientFlags } from "../flags/ambient-flags.ts";
import { readFormat } from "../results/result-format.ts";
import { createCompareOptions, type CompareFlags } from "./compare-flags.ts";

/** `weir compare`: whether B is better than A, by rounds in which both get the same load. */
export function createCompareCommand(context: CommandContext): Command {
  const command = new Command("compare")
    .description("say whether B is better than A, in rounds that give both the same load")
    .addArgument(
      new Argument(
        "[a]",
        "the server A, e.g. http://127.0.0.1:8787, or a stored run: latest, its id or a part of it, or its folder",
      ),
    )
    .addArgument(new Argument("[b]", "the server B, or another stored run"));
  for (const option of createCompareOptions()) command.addOption(option);
  return command
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", examplesAndExitCodes)
    .action(async (a: string | undefined, b: string | undefined, flags: CompareFlags) => {
      if (flags.listPresets === true) {
        const { describePresets } = await import("../run/presets/describe-presets.ts");
        context.stdout.write(describePresets(context.stdout.columns));
        return;
      }
      const { compareAndReport, reportCompare } = await import("./compare-and-report.ts");
      const { resolveCompare } = await import("./resolve-compare.ts");
      const quiet = flags.quiet ?? false;
      const output = { format: readFormat(flags), quiet, junit: flags.junit, files: flags.output };
      const { resolveStored } = await import("./resolve-stored.ts");
      const stored = await resolveStored([a, b], flags);
      if (stored !== undefined) {
        const { compareStored } = await import("@weir/lab");
        context.exitCode = await reportCompare(await compareStored(stored), context, output);
        return;
      }
      const request = await resolveCompare([a, b], flags, context.env, {
        tell: (note) => {
          if (!quiet) context.stderr.write(`${note}\n`);
        },
        ambient: ambientFlags(command),
      });
      context.exitCode = await compareAndReport(request, context, output);
    });
}

const examplesAndExitCodes = `
Examples:
  weir compare http://127.0.0.1:8787 http://127.0.0.1:8788             two servers
  weir compare --start "node old/server.js --port {port}" --start-b "node new/server.js --port {port}"
  weir compare http://127.0.0.1:8787 --model minilm --model-b mpnet    one server, two models
  weir compare http://127.0.0.1:8787 --workload chat --header-b "X-Speculative: on" --delta 3%
  weir compare http://127.0.0.1:8787 --toggle-a "./cache.sh off" --toggle-b "./cache.sh on"
  weir compare http://127.0.0.1:8787 --aa                              how small a difference can be seen here
  weir compare http://127.0.0.1:9000/convert http://127.0.0.1:9001/convert --pdf-dir invoices --dpi 150 --names python,rust
  weir compare 1f3a9c latest                                           two stored runs (not interleaved)

Workload, schedule and limits are those of weir run. A half is one side's part of a round.

Exit codes: 0 B is faster or the same, 1 B is slower or missed a limit, 2 wrong usage, 3 ended by a stop rule,
4 not decided, 5 the measurement is not valid, 6 a server could not be measured, 130 interrupted.`;
