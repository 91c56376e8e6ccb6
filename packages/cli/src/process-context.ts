import type { CommandContext } from "./command-context.ts";
import { readVersion } from "./main.ts";
import { askTerminal } from "./platform/ask-terminal.ts";
import { ignoreBrokenPipe } from "./platform/broken-pipe.ts";
import { watchInterrupts } from "./platform/interrupts.ts";

/** The context of the real process. */
export function createProcessContext(): CommandContext {
  for (const output of [process.stdout, process.stderr]) ignoreBrokenPipe(output);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: watchInterrupts(),
    ask: process.stdin.isTTY && process.stderr.isTTY ? askTerminal : undefined,
    version: readVersion(),
    exitCode: 0,
  };
}
