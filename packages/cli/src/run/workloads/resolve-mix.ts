import type { MixedRequest, SingleWorkloadRequest } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { Command, CommanderError, type Option } from "commander";
import type { FlagReader } from "../../flags/flag-reader.ts";
import { toBaseUrl, type RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import { splitWords } from "./split-words.ts";

/** One `--mix`, taken apart. Flags are as they were written. */
export interface MixPart {
  readonly weight: number;
  readonly name: string;
  readonly kind: string;
  /** Behind the URL of the run. */
  readonly path: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
}

/**
 * Reads `WEIGHT [NAME=]KIND [PATH] [FLAGS]`. Throws USAGE for anything else.
 * @param options the flags that a part may have
 */
export function parseMixPart(text: string, options: readonly Option[]): MixPart {
  const [weightText = "", kindText = "", ...rest] = splitWords(text);
  const weight = Number(weightText);
  const [, name, kind] = /^(?:([^=\s-][^=\s]*)=)?([a-z]+)$/.exec(kindText) ?? [];
  if (!/^\d+(?:\.\d+)?$/.test(weightText) || !(weight > 0) || kind === undefined)
    throw new WeirError(
      "USAGE",
      `--mix: expected a weight above 0, a workload and its flags, e.g. "70 embeddings --batch 8", got ${JSON.stringify(text)}.`,
    );
  const command = new Command().argument("[path]").exitOverride().helpOption(false);
  command.configureOutput({ writeErr: () => {} });
  for (const option of options) {
    // What the environment says is for a whole run: in a part it would turn up beside the flags of others.
    delete option.envVar;
    command.addOption(option);
  }
  try {
    command.parse(rest, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new WeirError(
      "USAGE",
      `--mix ${JSON.stringify(text)}: ${error.message.replace(/^error: /, "")}. A part has the flags of its workload; those of the run stand outside.`,
      { cause: error },
    );
  }
  const [path] = command.args;
  if (path !== undefined && !path.startsWith("/"))
    throw new WeirError(
      "USAGE",
      `--mix ${JSON.stringify(text)}: expected a path that begins with a slash, got ${JSON.stringify(path)}.`,
    );
  return { weight, name: name ?? kind, kind, path, flags: command.opts() };
}

/** Problems are noted, each with its part; undefined where a part cannot be had. */
export async function resolveMix(
  parts: readonly MixPart[],
  read: FlagReader,
  address: RequestAddress,
  resolvePart: (part: MixPart, address: RequestAddress) => Promise<ResolvedWorkload | undefined>,
): Promise<ResolvedWorkload<MixedRequest> | undefined> {
  const url = read.attempt(() => toBaseUrl(address));
  const names = parts.map(({ name }) => name);
  for (const name of new Set(names.filter((each, place) => names.indexOf(each) !== place)))
    read.note(
      `--mix: expected parts with different names, got ${name} twice. Name them: "1 first=${name}", "1 second=${name}".`,
    );
  if (url === undefined) return undefined;
  const resolved: MixedRequest["parts"][number][] = [];
  for (const part of parts) {
    const { name, weight, path } = part;
    const workload = (await resolvePart(part, { server: url, path }))?.workload;
    if (workload !== undefined)
      // A part cannot be a mix: its flags have no --mix.
      resolved.push({ name, weight, workload: workload as SingleWorkloadRequest });
  }
  return resolved.length < parts.length ? undefined : { url, workload: { kind: "mixed", parts: resolved } };
}
