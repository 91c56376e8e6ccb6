import type { CommandContext, TextOutput } from "../command-context.ts";

/** Colours a piece of text, or leaves it as it is where colours are not wanted. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/**
 * Colours for one output: on a terminal, unless NO_COLOR is set (no-color.org) or TERM is dumb; FORCE_COLOR paints
 * everywhere.
 */
export function createPaint(output: TextOutput, env: CommandContext["env"]): Paint {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const wanted = isSet("FORCE_COLOR") || (output.isTTY === true && env["TERM"] !== "dumb");
  const painted = wanted && !isSet("NO_COLOR");
  const code =
    (on: number, off: number) =>
    (text: string): string =>
      painted && text !== "" ? `\u001B[${on}m${text}\u001B[${off}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    cyan: code(36, 39),
  };
}
