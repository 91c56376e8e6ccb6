import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import type { DoctorFlags } from "./resolve-doctor-options.ts";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `weir doctor [URL]`: what is wrong with this machine, or with a server, and what to do about it. */
export function createDoctorCommand(context: CommandContext): Command {
  return new Command("doctor")
    .description("look for problems of this machine, or of the server at URL, without load")
    .argument("[url]", "a server to examine with a few small requests, e.g. http://127.0.0.1:8787")
    .option("--json", "as JSON")
    .addOption(
      new Option("--model <name>", "the model's name in requests (default: the first that fits)").env(
        "WEIR_MODEL",
      ),
    )
    .addOption(
      new Option("--dialect <name>", "auto|openai|sidecar|tei|ollama").default("auto").env("WEIR_DIALECT"),
    )
    .option("--header <name: value>", "a header of every request; repeatable", collect)
    .option("--key-env <name>", "environment variable that holds the key, sent as Authorization: Bearer")
    .addOption(
      new Option("--timeout <time>", "longest wait for one answer").default("10s").env("WEIR_TIMEOUT"),
    )
    .addHelpText("after", "\nExit codes: 0 no check failed, 1 a check failed, 6 nothing answers at URL.")
    .action(async (url: string | undefined, flags: DoctorFlags) => {
      // Loaded here, so that `weir --help` does not wait for what it never uses.
      const { doctor } = await import("./doctor.ts");
      await doctor(url, flags, context);
    });
}
