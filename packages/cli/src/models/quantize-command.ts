import { Command, Option } from "commander";
import { quantizedPrecisions, quantizeSteps, type QuantizedPrecision } from "@weir/engine";
import type { CommandContext } from "../command-context.ts";
import { importEmbeddingEngine } from "../engine-packages.ts";
import { describeQuantized } from "./describe-quantized.ts";
import { locateModel } from "./locate-model.ts";

/** `weir models quantize`: an int8 model from a float32 one, and what it lost and gained. */
export function createQuantizeCommand(context: CommandContext): Command {
  return new Command("quantize")
    .description(
      "write an int8 model from a float32 one, and measure what it loses and gains on this machine",
    )
    .argument("<dir>", "the model's folder in the Hugging Face layout, or a reference model's name")
    .option(
      "--out <dir>",
      "folder to write, new or empty (default: the model's with the precision behind it)",
    )
    .addOption(
      new Option(
        "--precision <name>",
        "int8 is fastest; int8-accurate leaves the most sensitive matrices in float32",
      )
        .choices(quantizedPrecisions)
        .default("int8"),
    )
    .option("--json", "as JSON")
    .action(async (source: string, flags: { out?: string; precision: QuantizedPrecision; json?: true }) => {
      const { quantizeModel } = await importEmbeddingEngine();
      const { stderr } = context;
      const path = await locateModel({ name: source, source }, context);
      const out = flags.out ?? `${toFolderName(source)}-${flags.precision}`;
      const clear = stderr.isTTY === true ? "\r\u001b[2K" : "";
      let shown = "";
      const report = await quantizeModel(path, {
        precision: flags.precision,
        out,
        signal: context.signal,
        onProgress({ step, done, total }) {
          const line = `${quantizeSteps[step]}: ${Math.floor((100 * done) / total)} %`;
          if (stderr.isTTY !== true || line === shown) return;
          shown = line;
          stderr.write(`${clear}${line}`);
        },
      }).finally(() => stderr.write(clear));
      context.stdout.write(
        flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : describeQuantized(report),
      );
    });
}

/** The model's folder without a slash at the end; where an .onnx file is named, the folder that it belongs to. */
function toFolderName(source: string): string {
  return source.replace(/[\\/]+$/, "").replace(/(?:(?:^|[\\/])onnx)?[\\/][^\\/]+\.onnx$/, "") || "model";
}
