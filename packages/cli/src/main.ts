import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { toWeirError } from "@weir/protocol";
import type { CommandContext } from "./command-context.ts";
import { createCheckCommand } from "./check/check-command.ts";
import { createCompareCommand } from "./compare/compare-command.ts";
import { createDoctorCommand } from "./doctor/doctor-command.ts";
import { createMetricsCommand } from "./metrics/metrics-command.ts";
import { createKeysCommand } from "./keys/keys-command.ts";
import { createMockCommand } from "./mock/mock-command.ts";
import { createModelsCommand } from "./models/models-command.ts";
import { interruptedExitCode } from "./platform/interrupts.ts";
import { createRunCommand } from "./run/run-command.ts";
import { createServeCommand } from "./serve/serve-command.ts";
import { createTryCommand } from "./try/try-command.ts";

/** Weir's own version, from the package that this file is in. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** All commands on one program. Usage errors are thrown, not exited with. */
function createProgram(context: CommandContext): Command {
  const program = new Command("weir")
    .description("Serve models over HTTP, and measure any model server truthfully.")
    .version(context.version)
    .addCommand(createTryCommand(context))
    .addCommand(createServeCommand(context))
    .addCommand(createKeysCommand(context))
    .addCommand(createRunCommand(context))
    .addCommand(createCheckCommand(context))
    .addCommand(createCompareCommand(context))
    .addCommand(createMockCommand(context))
    .addCommand(createModelsCommand(context))
    .addCommand(createMetricsCommand(context))
    .addCommand(createDoctorCommand(context));
  for (const command of allCommands(program)) {
    command
      .exitOverride()
      .showHelpAfterError("(--help lists the options)")
      .configureOutput({
        writeOut: (text) => void context.stdout.write(text),
        writeErr: (text) => void context.stderr.write(text),
        getOutHelpWidth: () => context.stdout.columns ?? 100,
        getErrHelpWidth: () => context.stderr.columns ?? 100,
      });
  }
  return program;
}

/** Runs a command line and returns what the process should exit with. Never throws. */
export async function runMain(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    await createProgram(context).parseAsync([...argv], { from: "user" });
    return context.exitCode;
  } catch (error) {
    // Commander has written its own message already; help and version come this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (context.signal.aborted) return interruptedExitCode;
    const known = toWeirError(error);
    const more = known.code === "INTERNAL" ? describeDefect(error, context) : known.hint;
    context.stderr.write(`error: ${known.message}\n${more}\n`);
    return known.exitCode;
  }
}

/** The hint of the table is for a server's clients, who look into its log. */
function describeDefect(error: unknown, { env }: CommandContext): string {
  if (env["WEIR_DEBUG"] === undefined)
    return "This is a defect of weir. The same command with WEIR_DEBUG=1 in its environment says where, for a report.";
  return inspect(error);
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
