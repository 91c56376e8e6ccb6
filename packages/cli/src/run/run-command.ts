import { Argument, Command } from "commander";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { ambientFlags } from "../flags/ambient-flags.ts";
import { readFormat } from "../results/result-format.ts";
import { createRunOptions, type RunFlags } from "./run-flags.ts";

/** `weir run`: load on a server, and what it can do as one sentence, a table and a run folder. */
export function createRunCommand(context: CommandContext): Command {
  const command = new Command("run")
    .description("put load on a model server and say how fast it is")
    .addArgument(
      new Argument("[url]", "the server, e.g. http://127.0.0.1:8787, or any URL to send requests to"),
    );
  for (const option of createRunOptions()) command.addOption(option);
  return command
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", examplesAndExitCodes)
    .action(async (url: string | undefined, flags: RunFlags) => {
      // Loaded here, so that `weir --help` does not wait for it.
      const { runAndReport } = await import("./run-and-report.ts");
      const { resolveRunOptions } = await import("./resolve-run-options.ts");
      if (flags.listPresets === true) {
        const { describePresets } = await import("./presets/describe-presets.ts");
        context.stdout.write(describePresets(context.stdout.columns));
        return;
      }
      const quiet = flags.quiet ?? false;
      const format = readFormat(flags);
      const request = await resolveRunOptions(url ?? absentUrl(flags), flags, context.env, {
        tell: (note) => {
          if (!quiet) context.stderr.write(`${note}\n`);
        },
        ambient: ambientFlags(command),
      });
      const finished = await runAndReport(request, context, { format, quiet });
      context.exitCode = finished.exitCode;
    });
}

// A socket has one server behind it; anything else has to be named.
function absentUrl(flags: RunFlags): string {
  if (flags.unix !== undefined) return "http://localhost";
  throw new WeirError(
    "USAGE",
    "the URL of the server is missing, e.g. weir run http://127.0.0.1:8787. weir mock starts one to try.",
  );
}

const examplesAndExitCodes = `
Examples:
  weir run http://127.0.0.1:8787                                    embeddings, 4 users, 30 s
  weir run http://127.0.0.1:8787 --workload chat --users 20         streamed chat
  weir run http://127.0.0.1:3000/items --rate 500/s                 plain HTTP, as other load tools do
  weir run http://127.0.0.1:3000/items --body '{"name":"x"}'        the same with POST
  weir run http://127.0.0.1:3000/v1/pages --files scans/            uploads
  weir run http://127.0.0.1:8787 --scenario checkout.ts --users 10  what users do, in TypeScript
  weir run http://127.0.0.1:8787 --mix "70 embeddings --batch 8" --mix "30 chat --output-tokens 64"
  weir run http://127.0.0.1:8787 --preset ramp-605

Each flag that stays the same from run to run may be an environment variable: --key-env is WEIR_KEY_ENV.

Exit codes: 0 all limits kept, 1 a limit missed, 2 wrong usage, 3 ended by a stop rule or
because the server stopped working half way, 4 too few samples to judge a limit, 5 the measurement is not valid, 6 the server could not be measured, 130 interrupted.`;
