import { Argument, Command } from "commander";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { ambientFlags } from "../flags/ambient-flags.ts";
import { createCheckOptions, type CheckFlags } from "./check-flags.ts";

/** `weir check`: finds out what a suite is about, and says whether a server keeps to its limits. */
export function createCheckCommand(context: CommandContext): Command {
  const command = new Command("check")
    .description("run a suite of checks against a server, its limits and a baseline")
    .addArgument(new Argument("[suite]", "the name of a suite (--list shows them) or a file: suite.ts"))
    .addArgument(new Argument("[url]", "the server, e.g. http://127.0.0.1:8787; or none with --start"));
  for (const option of createCheckOptions()) command.addOption(option);
  return command
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", examplesAndExitCodes)
    .action(async (name: string | undefined, url: string | undefined, flags: CheckFlags) => {
      // Loaded here, so that `weir --help` does not wait for it.
      const { builtInSuites } = await import("@weir/lab");
      if (flags.list === true) {
        const { describeSuites } = await import("./describe-suites.ts");
        const { createPaint } = await import("../console/paint.ts");
        const { stdout, env } = context;
        stdout.write(describeSuites(builtInSuites, createPaint(stdout, env), stdout.columns));
        return;
      }
      if (name === undefined)
        throw new WeirError("USAGE", "the suite is missing: its name, which --list shows, or a file.");
      const { checkAndReport } = await import("./check-and-report.ts");
      const ambient = ambientFlags(command);
      const finished = await checkAndReport({ name, url, flags, ambient }, context);
      context.exitCode = finished.exitCode;
    });
}

const examplesAndExitCodes = `
Examples:
  weir check --list                                                 the suites that there are
  weir check five-phases http://127.0.0.1:8787                      from one user to as many as it takes
  weir check production --start "npx weir serve --model mini --port {port}"
  weir check suite.ts http://127.0.0.1:8787                         runs and limits of your own
  weir check five-phases http://127.0.0.1:8787 --junit check.xml    for CI systems

Each flag that stays the same from check to check may be an environment variable: --key-env is WEIR_KEY_ENV.

Exit codes: 0 all limits kept, 1 a limit missed or a figure worse than the baseline's, 2 wrong usage,
4 something that had a limit could not be measured, 5 the measurement is not valid, 6 the server could not be checked, 130 interrupted.`;
