import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { describeDefault } from "./describe-default.ts";
import type { ServeFlags } from "./resolve-serve-options.ts";
import { serveOptionNames, serveOptions, toFlag, toVariable } from "./serve-options.ts";
import type { ServeOptionName } from "./serve-settings.ts";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `weir serve`: models behind HTTP until it is told to end. */
export function createServeCommand(context: CommandContext): Command {
  const command = new Command("serve")
    .description("serve chat and embedding models behind the OpenAI, Anthropic, Ollama, TEI and sidecar APIs")
    .option(
      "--config <file>",
      "configuration file (default: weir.config.ts, .js or .json here) (env: WEIR_CONFIG)",
    );
  for (const name of serveOptionNames) command.addOption(createOption(name));
  // Told together with everything else that is wrong.
  command.allowUnknownOption().allowExcessArguments();
  return command
    .addHelpText(
      "after",
      "\nA flag beats the variable, which beats the configuration file. WEIR_LAUNCH_TOKEN, where set, is what POST\n/shutdown and /admin routes can be shown.",
    )
    .action(async ({ config, ...flags }: ServeFlags & { config?: string }, { args }: Command) => {
      // Loaded here, so that `weir --help` and the measuring commands do not wait for a server they never start.
      const { serve } = await import("./serve.ts");
      await serve({ flags, strays: args, configPath: config }, context);
    });
}

/** The default and the variable are only told here; the values are read where the file is known too. */
function createOption(name: ServeOptionName): Option {
  const { kind, description } = serveOptions[name];
  const value = kind.placeholder === undefined ? "" : ` <${kind.placeholder}>`;
  const absent = describeDefault(name);
  const more = `${absent === undefined ? "" : ` (default: ${absent})`} (env: ${toVariable(name)})`;
  const option = new Option(`${toFlag(name)}${value}`, description + more).helpGroup(
    `${serveOptions[name].group}:`,
  );
  return kind.list ? option.argParser(collect) : option;
}
