import { stat } from "node:fs/promises";
import path from "node:path";
import { findRun, listRuns, parseComparedMetric, type StoredCompareRequest } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { describePath } from "../console/describe-path.ts";
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
  const [a, b] = [await findStored(first, out), await findStored(second, out)];
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

/** What can only mean a run: `latest`, or an id or its beginning. */
const runWord = /^(?:latest|\d{8}(?:T\d{0,6}(?:Z(?:-[0-9a-f]*)?)?)?)$/;
/** The last part of an id, or its beginning. A server's name can be spelled like that, too: then it is one unless there is such a run. */
const lastPart = /^[0-9a-f]{3,6}$/;

/**
 * A folder or file that is there, or the run that a word means, as for `weir runs`; undefined where it names a server.
 * Throws USAGE where it means several runs, or one that is not there.
 */
async function findStored(given: string | undefined, out: string): Promise<string | undefined> {
  if (given === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return undefined;
  if (await isThere(given)) return given;
  // Nobody has a server of such a name: it would only be said of it that it has no address.
  const isBelowOut = path.normalize(given).startsWith(path.normalize(out) + path.sep);
  const isRunPath = /[/\\]\d{8}T\d{6}Z-[0-9a-f]+[/\\]?$/.test(given);
  if (isRunPath || /^\.\.?[/\\]/.test(given) || isBelowOut)
    throw new WeirError(
      "USAGE",
      `expected a URL or the folder of a run, got ${given}, and there is no such folder. weir runs lists the runs that there are.`,
    );
  const isRun = runWord.test(given);
  if (!isRun && !(lastPart.test(given) && (await isThere(out)))) return undefined;
  // What is made of runs is nothing that could be held against another: `latest` is the newest run. Of a result of another
  // tool that is named, the reader says why it cannot be.
  const kinds = given === "latest" ? ["run"] : ["run", "import"];
  const runs = (await listRuns([out], { children: true })).filter(
    (run) => run.kind === "unreadable" || kinds.includes(String(run.facts["kind"])),
  );
  if (!isRun && !runs.some(({ id }) => id.slice(id.lastIndexOf("-") + 1).startsWith(given))) return undefined;
  return describePath(findRun(runs, given).folder);
}

async function isThere(place: string): Promise<boolean> {
  return await stat(place).then(
    () => true,
    () => false,
  );
}
