import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { CommanderError, type Command } from "commander";
import { toWeirError } from "@weir/protocol";
import type { CommandContext } from "./command-context.ts";
import { createProgram } from "./create-program.ts";
import { interruptedExitCode } from "./platform/interrupts.ts";

/** Weir's own version, from the package that this file is in. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** Runs a command line and returns what the process should exit with. Never throws. */
export async function runMain(argv: readonly string[], context: CommandContext): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return context.exitCode;
  } catch (error) {
    // Commander has written its own message already; help and version come this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (context.signal.aborted) return interruptedExitCode;
    const known = toWeirError(error);
    const more =
      known.code === "INTERNAL"
        ? describeDefect(error, context)
        : known.hint.replace("weir COMMAND", nameCommand(program, argv));
    context.stderr.write(`error: ${known.message}\n${more}\n`);
    return known.exitCode;
  }
}

/** `weir models pull` for the words of a command line that name a command. */
function nameCommand(program: Command, argv: readonly string[]): string {
  const words = [program.name()];
  let command: Command | undefined = program;
  for (const word of argv) {
    command = command.commands.find((below) => below.name() === word);
    if (command === undefined) break;
    words.push(word);
  }
  return words.length > 1 ? words.join(" ") : "weir COMMAND";
}

/** The hint of the table is for a server's clients, who look into its log. */
function describeDefect(error: unknown, { env }: CommandContext): string {
  if (env["WEIR_DEBUG"] === undefined)
    return "This is a defect of weir. The same command with WEIR_DEBUG=1 in its environment says where, for a report.";
  return inspect(error);
}
