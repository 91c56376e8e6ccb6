import type { Command } from "commander";

/**
 * Names of flags that were not written on this command line, but come from the environment or from weir.config: they are meant
 * for many command lines, and where they say nothing to this one that is no mistake.
 */
export function ambientFlags(command: Command): Set<string> {
  return new Set(
    Object.keys(command.opts()).filter((name) =>
      ["env", "config"].includes(command.getOptionValueSource(name) ?? ""),
    ),
  );
}
