import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { createKnownServerOptions } from "../run/run-flags.ts";
import type { TryFlags } from "./try.ts";

/** What `weir try` decides by itself: it knows the server, having started it. */
const decidedHere: ReadonlySet<string> = new Set(["--dialect", "--model"]);

/** `weir try`: one command that serves a model, measures it, and goes on serving. */
export function createTryCommand(context: CommandContext): Command {
  const command = new Command("try")
    .description("serve a model, put load on it, say how fast it is, and go on serving")
    .addOption(
      new Option("--model <[name=]path>", "a model folder or a reference model's name")
        .default("reference-embed-minilm")
        .env("WEIR_MODEL"),
    )
    .addOption(
      new Option("--port <number>", "port to listen on; 0 picks a free one").default("0").env("WEIR_PORT"),
    )
    .option("--once", "end after the measurement, with its exit code");
  for (const option of createKnownServerOptions())
    if (!decidedHere.has(option.long ?? "")) command.addOption(option);
  return command.action(async (flags: TryFlags) => {
    // Loaded here, so that `weir --help` does not wait for it.
    const { tryModel } = await import("./try.ts");
    await tryModel(flags, context);
  });
}
