import { Argument, Command } from "commander";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { ambientFlags } from "../flags/ambient-flags.ts";
import { readFormat } from "../results/result-format.ts";
import { describeCommandAgain } from "./command-again.ts";
import { createSweepOptions, type SweepFlags } from "./sweep-flags.ts";

/** `weir sweep`: many settings on one server, and which of them are best. */
export function createSweepCommand(context: CommandContext): Command {
  const command = new Command("sweep")
    .description("measure a server with many settings and say which are best")
    .addArgument(new Argument("[url]", "the server, e.g. http://127.0.0.1:8787"));
  for (const option of createSweepOptions()) command.addOption(option);
  return command
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", examplesAndExitCodes)
    .action(async (url: string | undefined, flags: SweepFlags) => {
      // Loaded here, so that `weir --help` does not wait for it.
      const { resolveCases, resolveSweep } = await import("./resolve-sweep.ts");
      const format = readFormat(flags);
      if (flags.listCases === true) {
        const { listCases } = await import("./list-cases.ts");
        const { matrix, budget } = resolveCases(flags, url);
        listCases(matrix, budget, context, format);
        return;
      }
      const { sweepAndReport } = await import("./sweep-and-report.ts");
      const ambient = ambientFlags(command);
      const request = await resolveSweep(url ?? absentUrl(flags), flags, context.env, ambient);
      const finished = await sweepAndReport(request, context, {
        format,
        quiet: flags.quiet ?? false,
        exportCsv: flags.exportCsv,
        exportJson: flags.exportJson,
        again: describeCommandAgain(command, url === undefined ? [] : [url]),
      });
      context.exitCode = finished.exitCode;
    });
}

// A socket has one server behind it; anything else has to be named.
function absentUrl(flags: SweepFlags): string {
  if (flags.unix !== undefined) return "http://localhost";
  throw new WeirError(
    "USAGE",
    "the URL of the server is missing, e.g. weir sweep http://127.0.0.1:8787 --quick.",
  );
}

const examplesAndExitCodes = `
Examples:
  weir sweep http://127.0.0.1:8787 --quick                          embeddings, 18 cases, about 2 minutes
  weir sweep http://127.0.0.1:8787                                  45 cases of text size, batch and users
  weir sweep http://127.0.0.1:8787 --list-cases                     which they are
  weir sweep http://127.0.0.1:8787 --texts ~/notes --sizes 800 --batches 8,16,32 --concurrency 1,2,4
  weir sweep http://127.0.0.1:8787 --workload chat --input-tokens 512,2048 --output-tokens 64
  weir sweep http://127.0.0.1:3000/v1/detect --workload image       image size x users, images are made
  weir sweep http://127.0.0.1:3000/v1/pages --workload pdf --files scans/ --dpis 72,150
  weir sweep http://127.0.0.1:8787 --resume runs/20260110T101500Z-4c1f0a

Full: every text size with every batch and one user (5 x 6), and 1 to 5 users on three of these (3 x 5): 45 cases.

Exit codes: 0 measured, 1 at least 1% of the requests failed or vectors changed, 2 wrong usage, 3 the server was
lost on the way, 4 nothing can be recommended, 5 the measurement is not valid, 6 the server could not be measured,
130 interrupted (--resume goes on). Slow cases are red flags and change no exit code.`;
