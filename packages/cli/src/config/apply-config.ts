import type { Command, Option } from "commander";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { loadConfig, measuringCommands } from "./load-config.ts";

/**
 * Gives a command that measures the flags of weir.config: those of its own section, then those of `measure` that it has. A flag
 * on the command line beats an environment variable, which beats the file. Throws USAGE with all that is wrong in the file.
 */
export async function applyConfig(
  command: Command,
  siblings: readonly Command[],
  { env }: Pick<CommandContext, "env">,
): Promise<void> {
  const name = measuringCommands.find((each) => each === command.name());
  if (name === undefined) return;
  const path = env["WEIR_CONFIG"] || undefined;
  const own = await loadConfig(path, name);
  if (own === undefined) return;
  const shared = (await loadConfig(path, "measure"))!;
  const problems = [...new Set([...own.problems, ...shared.problems])];
  const measuring = siblings.filter((each) => measuringCommands.some((known) => known === each.name()));
  for (const [section, { section: values }] of [
    [name, own],
    ["measure", shared],
  ] as const) {
    for (const [key, value] of Object.entries(values)) {
      const option = findOption(command, key);
      const isKnown =
        option !== undefined || (section === "measure" && measuring.some((each) => findOption(each, key)));
      const written = option === undefined ? undefined : toFlagValue(option, value);
      if (!isKnown)
        problems.push(
          `${own.name}: expected a flag of weir ${name} in ${section}, got ${JSON.stringify(key)}.`,
        );
      else if (option !== undefined && written === undefined)
        problems.push(
          `${own.name}: expected ${section}.${key} as ${option.flags} takes it, got ${JSON.stringify(value)}.`,
        );
      else if (option !== undefined && isOpen(command, option))
        command.setOptionValueWithSource(option.attributeName(), written, "config");
    }
  }
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
}

function findOption(command: Command, key: string): Option | undefined {
  return command.options.find((option) => option.attributeName() === key);
}

/** Whether nobody has said anything of it yet. */
function isOpen(command: Command, option: Option): boolean {
  return [undefined, "default"].includes(command.getOptionValueSource(option.attributeName()));
}

/** As the command line would have it: texts, lists of texts where it may be repeated, booleans where it takes no value. */
function toFlagValue(option: Option, value: unknown): string | boolean | readonly string[] | undefined {
  const takesValue = option.required || option.optional;
  if (!takesValue) return typeof value === "boolean" ? value : undefined;
  const list = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  if (!list.every((each) => typeof each === "string" || typeof each === "number")) return undefined;
  const texts = list.map(String);
  if (option.parseArg !== undefined) return texts;
  return texts.length === 1 ? texts[0] : undefined;
}
