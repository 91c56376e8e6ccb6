import { resolve } from "node:path";
import { readBaseline, type BaselineChoice } from "@weir/lab";
import { FlagReader } from "../flags/flag-reader.ts";
import { checkFolderOf } from "../results/check-folder-of.ts";
import type { CheckFlags } from "./check-flags.ts";
import { baselineName, type FoundSuite } from "./find-suite.ts";

export interface ResolvedBaseline {
  /** Undefined where nothing is compared. */
  readonly choice: BaselineChoice | undefined;
  /** Where the figures are to be kept; undefined where they are not. */
  readonly saveTo: string | undefined;
}

const defaultTolerance = 0.1;

/**
 * What a check is compared with, and where its figures go. A file that is not named need not be there; who saves a baseline
 * begins anew and compares with nothing. Throws USAGE.
 */
export async function resolveBaseline(
  { baseline: given, saveBaseline, tolerance, out = "runs" }: CheckFlags,
  found: FoundSuite,
): Promise<ResolvedBaseline> {
  const read = new FlagReader();
  const usual = found.baseline ?? resolve(out, baselineName);
  const named = typeof given === "string" ? resolve(given) : undefined;
  const share = readTolerance(tolerance, read);
  const saveTo =
    saveBaseline === undefined ? undefined : saveBaseline === true ? (named ?? usual) : resolve(saveBaseline);
  const file = named ?? usual;
  // The usual folders are there by then, or are made.
  if (saveTo !== undefined && saveTo !== usual)
    await read.attemptAsync(async () => await checkFolderOf("save-baseline", saveTo));
  const entries = given === false ? [] : ((await read.attemptAsync(async () => readBaseline(file))) ?? []);
  if (named !== undefined && entries.length === 0 && saveTo === undefined && read.problems === 0)
    read.note(`--baseline: expected a file that --save-baseline has written, got ${given as string}.`);
  read.end();
  const compares = given !== false && saveTo === undefined && entries.length > 0;
  return { choice: compares ? { file, entries, tolerance: share } : undefined, saveTo };
}

function readTolerance(text: string | undefined, read: FlagReader): number {
  if (text === undefined) return defaultTolerance;
  const digits = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (digits !== undefined) return Number(digits) / 100;
  read.note(`--tolerance: expected a percentage such as 10%, got ${JSON.stringify(text)}.`);
  return defaultTolerance;
}
