import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import type { ServeFlags } from "./resolve-serve-options.ts";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `weir serve`: models behind HTTP until it is told to end. */
export function createServeCommand(context: CommandContext): Command {
  return new Command("serve")
    .description("serve embedding models behind the OpenAI, Ollama, TEI and sidecar APIs")
    .addOption(
      new Option(
        "--model <[name=]path>",
        "a model folder or a reference model's name; repeatable, the first is the default",
      )
        .env("WEIR_MODEL")
        .argParser(collect),
    )
    .addOption(new Option("--host <address>", "address to listen on").default("127.0.0.1").env("WEIR_HOST"))
    .addOption(
      new Option("--port <number>", "port to listen on; 0 picks a free one").default("8787").env("WEIR_PORT"),
    )
    .addOption(
      new Option("--threads <number>", "threads of one model (default: all cores)").env("WEIR_THREADS"),
    )
    .addOption(
      new Option("--max-jobs <number>", "requests that one model holds, running and waiting; 503 above")
        .default("256")
        .env("WEIR_MAX_JOBS"),
    )
    .addOption(
      new Option("--max-inputs <number>", "texts in one request; 400 above")
        .default("2048")
        .env("WEIR_MAX_INPUTS"),
    )
    .addOption(
      new Option("--body-limit <mebibytes>", "size of a request body; 413 above")
        .default("32")
        .env("WEIR_BODY_LIMIT"),
    )
    .addOption(
      new Option("--allow-root <dir>", "folder below which /embed-file may read; repeatable (default: none)")
        .env("WEIR_ALLOW_ROOT")
        .argParser(collect),
    )
    .addOption(
      new Option("--start-timeout <time>", "time a model may take to load: 500ms, 30s, 2m")
        .default("120s")
        .env("WEIR_START_TIMEOUT"),
    )
    .addHelpText("after", "\nWEIR_LAUNCH_TOKEN, where set, is what POST /shutdown has to show.")
    .action(async (flags: ServeFlags) => {
      // Loaded here, so that `weir --help` and the measuring commands do not wait for a server they never start.
      const { serve } = await import("./serve.ts");
      await serve(flags, context);
    });
}
