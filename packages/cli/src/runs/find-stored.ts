import { existsSync } from "node:fs";
import path from "node:path";
import { findRun, listRuns, type StoredRun } from "@weir/lab";

/**
 * The runs that some words mean: `latest`, ids and parts of them in the places where runs are, and folders anywhere.
 * Throws USAGE for a word that means none, or several.
 */
export async function findStored(
  words: readonly string[],
  places: readonly string[],
  signal: AbortSignal,
): Promise<StoredRun[]> {
  const folders = words.filter((word) => existsSync(path.join(word, "run.json")));
  // What is named by its folder alone does not need a place where there are others.
  const searched = folders.length === words.length ? folders : [...places, ...folders];
  const runs = await listRuns(searched, { children: true, signal });
  return words.map((word) => findRun(runs, word));
}
