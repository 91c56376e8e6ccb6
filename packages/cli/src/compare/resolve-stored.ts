import { stat } from "node:fs/promises";
import path from "node:path";
import { parseComparedMetric, type StoredCompareRequest } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { FlagReader } from "../flags/flag-reader.ts";
import type { CompareFlags } from "./compare-flags.ts";
import { readDelta } from "./read-delta.ts";

/**
 * The comparison of two stored runs, where that is what the two arguments name; undefined where they name servers. Throws
 * USAGE for one of each.
 */
export async function resolveStored(
  [first, second]: readonly [string | undefined, string | undefined],
  flags: CompareFlags,
): Promise<StoredCompareRequest | undefined> {
  const out = flags.out ?? "runs";
  const [a, b] = [await findRun(first, out), await findRun(second, out)];
  if (a === undefined && b === undefined) return undefined;
  if (a === undefined || b === undefined)
    throw new WeirError(
      "USAGE",
      `expected two servers or the folders of two runs, got a run (${a ?? b}) and ${(a === undefined ? first : second) ?? "nothing"}. A run that is over and a server that is there cannot take turns.`,
    );
  const read = new FlagReader();
  const { metric: name } = flags;
  const metric = name === undefined ? undefined : read.attempt(() => parseComparedMetric(name), "metric");
  const delta = readDelta(flags.delta, read);
  for (const [flag, value] of [
    ["start", flags.start],
    ["start-b", flags.startB],
    ["toggle-a", flags.toggleA],
    ["toggle-b", flags.toggleB],
    ["aa", flags.aa],
  ] as const)
    if (value !== undefined)
      read.note(`--${flag} is for servers, and ${a} is a run that is over. Leave one of them out.`);
  read.end();
  return { a, b, metric, delta, outDirectory: out, name: flags.name };
}

/** A folder or file that is there, or the name of a run's folder in the place where runs are. */
async function findRun(given: string | undefined, out: string): Promise<string | undefined> {
  if (given === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return undefined;
  const isThere = async (place: string): Promise<boolean> =>
    await stat(place).then(
      () => true,
      () => false,
    );
  if (await isThere(given)) return given;
  const inside = path.join(out, given);
  if (isRunId(given) && (await isThere(inside))) return inside;
  // Nobody has a server of such a name: it would only be said of it that it has no address.
  const isBelowOut = path.normalize(given).startsWith(path.normalize(out) + path.sep);
  if (isRunId(path.basename(given)) || /^\.\.?[/\\]/.test(given) || isBelowOut)
    throw new WeirError(
      "USAGE",
      `expected a URL or the folder of a run, got ${given}, and there is no such folder. weir runs lists the runs that there are.`,
    );
  return undefined;
}

function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]+$/.test(text);
}
