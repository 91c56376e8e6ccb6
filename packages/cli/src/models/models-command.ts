import { Command } from "commander";
import { referenceWeightsPhrase } from "@weir/engine";
import type { CommandContext } from "../command-context.ts";
import { importEmbeddingEngine } from "../engine-packages.ts";
import { buildWithProgress, resolveModelCache } from "./locate-model.ts";
import { createCompareCommand } from "./compare-command.ts";
import { createPullCommand } from "./pull/pull-command.ts";
import { describePulledModels, toPulledReport } from "./describe-pulled-models.ts";
import { listPulledModels } from "./pulled-models.ts";
import { createQuantizeCommand } from "./quantize-command.ts";

/** `weir models`: the models that Weir builds itself, those that were pulled, and smaller ones from people's own. */
export function createModelsCommand(context: CommandContext): Command {
  const command = new Command("models").description(
    "list models, build the reference models, pull others, quantise them, compare them",
  );

  command
    .command("list")
    .description("list the reference models, which are built, and the pulled models")
    .option("--json", "as JSON")
    .action(async (flags: { json?: true }) => {
      const { listReferenceModels, isReferenceModelBuilt } = await importEmbeddingEngine();
      const cacheDirectory = resolveModelCache(context);
      const models = await Promise.all(
        listReferenceModels().map(
          async ({ name, parameters, weightBytes, maxTokens, shape, description }) => ({
            name,
            parameters,
            weightBytes,
            maxTokens,
            dimensions: shape.width,
            description,
            built: await isReferenceModelBuilt(name, cacheDirectory),
          }),
        ),
      );
      const pulled = await listPulledModels(cacheDirectory);
      if (flags.json === true) {
        const report = { cacheDirectory, models, pulled: pulled.map(toPulledReport) };
        context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
        return;
      }
      context.stdout.write(`${referenceWeightsPhrase}; kept in ${cacheDirectory}\n\n`);
      for (const model of models) {
        const size = `${(model.parameters / 1e6).toFixed(1)} M parameters, ${(model.weightBytes / 1e6).toFixed(0)} MB`;
        const shape = `${model.dimensions} dimensions, ${model.maxTokens} tokens`;
        const state = model.built ? "built" : "not built";
        context.stdout.write(`${model.name.padEnd(24)} ${size.padEnd(32)} ${shape.padEnd(30)} ${state}\n`);
      }
      context.stdout.write(describePulledModels(pulled));
    });

  command
    .command("build")
    .description("build a reference model now instead of on first use, and print its folder")
    .argument("<name>", "a name that `weir models list` shows")
    .action(async (name: string) => {
      context.stdout.write(`${await buildWithProgress(name, context)}\n`);
    });

  command.addCommand(createPullCommand(context));
  command.addCommand(createQuantizeCommand(context));
  command.addCommand(createCompareCommand(context));
  return command;
}
