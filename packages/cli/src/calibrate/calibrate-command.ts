import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { createFormatOptions, readFormat } from "../results/result-format.ts";
import { createFlags } from "../run/create-flags.ts";
import type { CalibrateFlags } from "./resolve-calibrate-options.ts";

/** `weir calibrate`: how true our own times are on this machine. */
export function createCalibrateCommand(context: CommandContext): Command {
  const command = new Command("calibrate").description(
    "measure Weir's own error on this machine, for later runs to quote",
  );
  const options = [
    ...createFlags("Load:", [
      ["--users <numbers>", "streams at a time, a level each, with commas between (default: 1,10,100)"],
      ["--chunk-rate <rate>", "chunks of one stream, e.g. 50/s (default: 50/s)"],
      [
        "--duration <time>",
        "length of the streams of a level, and once more of its whole answers (default: 6s)",
      ],
    ]),
    ...createFlags("Results:", [
      ["--out <dir>", "folder for run folders (default: runs)"],
      ["--name <text>", "a name for it"],
    ]),
    ...createFormatOptions(),
    new Option("--quiet", "no progress while it runs").helpGroup("Results:"),
  ];
  for (const option of options) command.addOption(option);
  return command
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", examplesAndExitCodes)
    .action(async (flags: CalibrateFlags) => {
      // Loaded here, so that `weir --help` does not wait for it.
      const { calibrateAndReport } = await import("./calibrate-and-report.ts");
      const { resolveCalibrateOptions } = await import("./resolve-calibrate-options.ts");
      const request = resolveCalibrateOptions(flags, context.env);
      const finished = await calibrateAndReport(request, context, {
        format: readFormat(flags),
        quiet: flags.quiet ?? false,
      });
      context.exitCode = finished.exitCode;
    });
}

const examplesAndExitCodes = `
Examples:
  weir calibrate
  weir calibrate --users 500 --chunk-rate 30/s        the load that you are going to make

It starts a mock server whose times are known beside itself, measures it as any server is measured, and keeps the
difference in the cache folder. Runs on this machine say it as their own error from then on.

Exit codes: 0 calibrated, 2 wrong usage, 5 a level asks too much of this machine, 6 nothing was measured, 130 interrupted.`;
