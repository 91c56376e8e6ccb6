import { Command } from "commander";
import { referenceWeightsPhrase } from "@weir/engine";
import type { CommandContext } from "../command-context.ts";
import { buildWithProgress, resolveModelCache } from "./locate-model.ts";
import { buildChatModel, isChatSource } from "./locate-chat-model.ts";
import { createCompareCommand } from "./compare-command.ts";
import { createPullCommand } from "./pull/pull-command.ts";
import { describePulledModels, toPulledReport } from "./describe-pulled-models.ts";
import { listPulledModels } from "./pulled-models.ts";
import { createQuantizeCommand } from "./quantize-command.ts";
import { describeReferenceModel, listEveryReferenceModel } from "./reference-models.ts";

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
      const cacheDirectory = resolveModelCache(context);
      const models = await listEveryReferenceModel(context);
      const pulled = await listPulledModels(cacheDirectory);
      if (flags.json === true) {
        const report = { cacheDirectory, models, pulled: pulled.map(toPulledReport) };
        context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
        return;
      }
      context.stdout.write(`${referenceWeightsPhrase}; kept in ${cacheDirectory}\n\n`);
      for (const model of models) context.stdout.write(`${describeReferenceModel(model)}\n`);
      context.stdout.write(describePulledModels(pulled));
    });

  command
    .command("build")
    .description("build a reference model now instead of on first use, and print where it is")
    .argument("<name>", "a name that `weir models list` shows")
    .action(async (name: string) => {
      const build = isChatSource(name) ? buildChatModel : buildWithProgress;
      context.stdout.write(`${await build(name, context)}\n`);
    });

  command.addCommand(createPullCommand(context));
  command.addCommand(createQuantizeCommand(context));
  command.addCommand(createCompareCommand(context));
  return command;
}
