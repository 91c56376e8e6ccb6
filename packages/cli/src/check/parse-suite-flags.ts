import { WeirError } from "@weir/protocol";
import { Command, CommanderError, type Option } from "commander";
import { splitWords } from "../run/workloads/split-words.ts";
import type { CheckFlags } from "./check-flags.ts";

/** Those flags of the check that the command has as well. */
export function toShared(flags: CheckFlags, options: readonly Option[]): Readonly<Record<string, unknown>> {
  const known = new Set(options.map((option) => option.attributeName()));
  return Object.fromEntries(Object.entries(flags).filter(([flag]) => known.has(flag)));
}

/** Flags as a command line of these options would have them. Throws USAGE, with the name of the run. */
export function parseFlags(
  name: string,
  given: string | Readonly<Record<string, unknown>>,
  options: readonly Option[],
): Readonly<Record<string, unknown>> {
  try {
    const words = typeof given === "string" ? splitWords(given) : toWords(given, options);
    const command = new Command().exitOverride().helpOption(false);
    command.configureOutput({ writeErr: () => {} });
    for (const option of options) {
      // What the environment says is for all runs; here it would beat what the file says.
      delete option.envVar;
      command.addOption(option);
    }
    command.parse(words, { from: "user" });
    return command.opts();
  } catch (error) {
    throw named(name, error);
  }
}

function toWords(flags: Readonly<Record<string, unknown>>, options: readonly Option[]): readonly string[] {
  return Object.entries(flags).flatMap(([key, value]) => {
    const option = options.find((each) => each.attributeName() === key && !each.negate);
    // Commander says that there is none, and which it may have been.
    if (option === undefined && /^[a-z][A-Za-z0-9]*$/.test(key)) return [`--${toKebab(key)}`];
    if (option === undefined)
      throw new WeirError("USAGE", `expected flags in camel case, got ${JSON.stringify(key)}.`);
    const long = option.long!;
    const takesValue = option.required || option.optional;
    if (!takesValue)
      return value === true ? [long] : value === false ? [`--no-${option.name()}`] : [long, String(value)];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((each) => [long, String(each)]);
  });
}

/** `textSize` is `text-size`. */
function toKebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** An error with the name of the run that it is about. */
export function named(run: string, error: unknown): unknown {
  const known = error instanceof WeirError || error instanceof CommanderError;
  if (!known) return error;
  const message = error.message.replace(/^error: /, "");
  return new WeirError("USAGE", `the run ${JSON.stringify(run)}: ${message}`, { cause: error });
}
