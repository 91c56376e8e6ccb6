import { Command, Option } from "commander";
import { quantizedPrecisions } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import type { CompareFlags } from "./compare-models.ts";

/** `weir models compare`: what to know to choose one of two models, or a precision. */
export function createCompareCommand(context: CommandContext): Command {
  return new Command("compare")
    .description(
      "measure two models on this machine: size, memory, speed, and whether they find the same texts",
    )
    .argument("<a>", "a model: a folder, an .onnx file in one, a reference model's name or a pulled model's")
    .argument("[b]", "the other one (default: the first, with --precision-b)")
    .addOption(
      new Option(
        "--precision-b <name>",
        "compare with weights of that precision, made of B's and kept as weir serve --precision does",
      ).choices(quantizedPrecisions),
    )
    .option(
      "--texts <path>",
      "a folder or file of texts: lines of .txt, paragraphs of .md, lines of .jsonl with a JSON text or its field text; " +
        "up to 2000 of at most 128 MiB are compared (default: 288 built-in sentences, most in English)",
    )
    .option("--threads <number>", "threads of each (default: the machine's cores)", readThreads)
    .option("--json", "as JSON")
    .action(async (a: string, b: string | undefined, flags: CompareFlags) => {
      // Loaded here, so that no other command waits for the server's code.
      const { compareAndPrint } = await import("./compare-models.ts");
      await compareAndPrint(a, b, flags, context);
    });
}

function readThreads(written: string): number {
  if (/^\d{1,4}$/.test(written) && Number(written) >= 1 && Number(written) <= 1_024) return Number(written);
  throw new WeirError(
    "USAGE",
    `--threads: expected a whole number from 1 to 1024, got ${JSON.stringify(written)}.`,
  );
}
