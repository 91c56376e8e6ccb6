import type { Command } from "commander";

/** Flags whose values must not be shown: they may hold a key. */
const secret: ReadonlySet<string> = new Set(["header"]);

/** Flags that end a command's work or say how it goes on: not part of the same command given again. */
const leftOut: ReadonlySet<string> = new Set(["resume", "listCases"]);

/** The command line that was given, to be given again: the flags of it, not those of the environment. */
export function describeCommandAgain(command: Command, operands: readonly string[]): string {
  const flags = command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli" || leftOut.has(name)) return [];
    const value: unknown = command.getOptionValue(name);
    // `--no-stream` and `--stream` share a value: only one of them was given.
    if (typeof value === "boolean") return option.negate === !value ? [option.long!] : [];
    const values = (Array.isArray(value) ? value : [value]) as readonly string[];
    return values.map((each) => `${option.long!} ${secret.has(name) ? '"..."' : quote(each)}`);
  });
  return ["weir", command.name(), ...operands.map(quote), ...flags].join(" ");
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
