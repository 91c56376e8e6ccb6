import { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { PullFlags } from "./resolve-pull-options.ts";

/** `weir models pull`: a model from a hub, into the cache folder. */
export function createPullCommand(context: CommandContext): Command {
  return new Command("pull")
    .description("download a model from a hub in the Hugging Face protocol, and print its folder")
    .argument("<name>", "ORG/NAME, or ORG/NAME@REVISION")
    .option("--revision <name>", "branch, tag or commit (default: main)")
    .option("--precision <fp32|fp16|int8|q4>", "which weights, where there are several (default: fp32)")
    .option("--file <path>", "the ONNX file to take as weights, by its path in the repository or its name")
    .option(
      "--endpoint <url>",
      "the hub or a mirror of it (default: https://huggingface.co) (env: HF_ENDPOINT)",
    )
    .option("--connections <number>", "files that are downloaded at a time (default: 4)")
    .option("--timeout <time>", "time that a connection may go without a byte (default: 30s)")
    .option(
      "--retries <number>",
      "times that a request, or a file that no longer grows, is tried again (default: 4)",
    )
    .option("--json", "print what was pulled as JSON")
    .addHelpText(
      "after",
      "\nOnly what serving needs is downloaded: ONNX weights, tokenizer, configuration. HF_TOKEN is the token for gated and\n" +
        "private models. An interrupted pull goes on where it was. weir serve --model ORG/NAME then finds it.",
    )
    .action(async (name: string, flags: PullFlags) => {
      // Loaded here, so that `weir --help` does not wait for what it never uses.
      const { pull } = await import("./pull.ts");
      await pull(name, flags, context);
    });
}
