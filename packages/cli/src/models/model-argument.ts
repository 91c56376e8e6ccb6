import { basename } from "node:path";

/** What `--model` says: the name to serve under, and a folder or a reference model's name. */
export interface ModelArgument {
  readonly name: string;
  readonly source: string;
}

/** `NAME=PATH`, or a path or reference name alone, whose last part is then the name. */
export function parseModelArgument(argument: string): ModelArgument {
  const at = argument.indexOf("=");
  const source = at === -1 ? argument : argument.slice(at + 1);
  return { name: at === -1 ? basename(source) : argument.slice(0, at), source };
}
