import { Argument, Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { ambientFlags } from "../flags/ambient-flags.ts";
import { readFormat } from "../results/result-format.ts";
import { createCapacityOptions, type CapacityFlags } from "./capacity-flags.ts";

/** `weir capacity`: how many users, or requests a second, a server can take within limits. */
export function createCapacityCommand(context: CommandContext): Command {
  const command = new Command("capacity")
    .description("find out how many users a server can take")
    .addArgument(
      new Argument("[url]", "the server, e.g. http://127.0.0.1:8787, or any URL to send requests to"),
    );
  for (const option of createCapacityOptions()) command.addOption(option);
  return command
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", examplesAndExitCodes)
    .action(async (url: string | undefined, flags: CapacityFlags) => {
      // Loaded here, so that `weir --help` does not wait for it.
      const { absentUrl, resolveCapacityOptions } = await import("./resolve-capacity-options.ts");
      const { findAndReport } = await import("./find-and-report.ts");
      const quiet = flags.quiet ?? false;
      const format = readFormat(flags);
      const request = await resolveCapacityOptions(url ?? absentUrl(flags), flags, context.env, {
        tell: (note) => {
          if (!quiet) context.stderr.write(`${note}\n`);
        },
        ambient: ambientFlags(command),
      });
      const finished = await findAndReport(request, context, { format, quiet });
      context.exitCode = finished.exitCode;
    });
}

const examplesAndExitCodes = `
Examples:
  weir capacity http://127.0.0.1:8787                                          embeddings, limits from one user
  weir capacity http://127.0.0.1:8787 --workload chat --slo "ttft.p95 < 800ms"
  weir capacity http://127.0.0.1:8787 --workload chat --pace 20s               users who think between turns
  weir capacity http://127.0.0.1:3000/items --of rate --slo "response.p95 < 50ms" --slo "errors < 0.1%"
  weir capacity http://127.0.0.1:8787 --min-users 50 --max-users 50            does it hold 50? (exit code 0 or 1)

It doubles the users until a limit is missed, then bisects, then looks at both edges again.
Each flag that stays the same from run to run may be an environment variable: --key-env is WEIR_KEY_ENV.

Exit codes: 0 found, 1 not even the fewest users are held, 2 wrong usage, 3 the server stopped answering on the way,
4 the probes do not agree on it, 5 the generator ended first, 6 the server could not be measured, 130 interrupted.`;
