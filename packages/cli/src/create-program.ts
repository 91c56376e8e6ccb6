import { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { createCalibrateCommand } from "./calibrate/calibrate-command.ts";
import { createCapacityCommand } from "./capacity/capacity-command.ts";
import { createCheckCommand } from "./check/check-command.ts";
import { createCompareCommand } from "./compare/compare-command.ts";
import { createDoctorCommand } from "./doctor/doctor-command.ts";
import { createKeysCommand } from "./keys/keys-command.ts";
import { createMetricsCommand } from "./metrics/metrics-command.ts";
import { createMockCommand } from "./mock/mock-command.ts";
import { createModelsCommand } from "./models/models-command.ts";
import { createRunCommand } from "./run/run-command.ts";
import { createRunsCommand } from "./runs/runs-command.ts";
import { createServeCommand } from "./serve/serve-command.ts";
import { createSweepCommand } from "./sweep/sweep-command.ts";
import { createTryCommand } from "./try/try-command.ts";
import { applyConfig } from "./config/apply-config.ts";

/** All commands on one program. Usage errors are thrown, not exited with. */
export function createProgram(context: CommandContext): Command {
  const program = new Command("weir")
    .description("Serve models over HTTP, and measure any model server truthfully.")
    .version(context.version)
    .addCommand(createTryCommand(context))
    .addCommand(createServeCommand(context))
    .addCommand(createKeysCommand(context))
    .addCommand(createRunCommand(context))
    .addCommand(createSweepCommand(context))
    .addCommand(createCapacityCommand(context))
    .addCommand(createCompareCommand(context))
    .addCommand(createCalibrateCommand(context))
    .addCommand(createCheckCommand(context))
    .addCommand(createRunsCommand(context))
    .addCommand(createMockCommand(context))
    .addCommand(createModelsCommand(context))
    .addCommand(createMetricsCommand(context))
    .addCommand(createDoctorCommand(context));
  program.hook("preAction", async (_, command) => applyConfig(command, program.commands, context));
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

/** A command and all below it. */
export function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
