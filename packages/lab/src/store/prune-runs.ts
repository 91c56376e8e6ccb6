import { lstat, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { filterRuns, type RunFilter } from "./filter-runs.ts";
import type { ListedRun, StoredRun } from "./list-runs.ts";
import { keptTags } from "./run-notes.ts";

/** Which runs go. */
export interface PruneRequest {
  readonly filter: RunFilter;
  /** The newest so many of those that the filter means stay. @default none of them */
  readonly keepNewest?: number;
}

export interface PrunePlan {
  readonly delete: readonly ListedRun[];
  /** Meant by the filter, and not to be deleted. */
  readonly kept: readonly { readonly run: StoredRun; readonly reason: string }[];
}

/**
 * Decides what is deleted: never what is tagged `keep` or `baseline`, has a part tagged so, cannot be read as a run of
 * ours, or lies in a folder that is not named by its id, as somebody renamed it or keeps more in it. Parts of a
 * measurement go with it, not by themselves.
 * @param runs newest first, children among them
 */
export function planPrune(runs: readonly StoredRun[], { filter, keepNewest = 0 }: PruneRequest): PrunePlan {
  const whole = runs.filter(({ parent }) => parent === null);
  const all = filterRuns(whole, filter);
  // A folder that cannot be read stays anyway, and takes no place among the newest.
  const newest = new Set(all.filter(({ kind }) => kind === "readable").slice(0, keepNewest));
  const meant = all.filter((run) => !newest.has(run));
  const kept: { run: StoredRun; reason: string }[] = [];
  const toDelete: ListedRun[] = [];
  for (const run of meant) {
    const reason = reasonToKeep(run, runs);
    if (reason !== undefined) kept.push({ run, reason });
    else if (run.kind === "readable") toDelete.push(run);
  }
  return { delete: toDelete, kept };
}

function reasonToKeep(run: StoredRun, runs: readonly StoredRun[]): string | undefined {
  if (run.kind === "unreadable") return "unreadable";
  const below = `${run.folder}${path.sep}`;
  for (const each of runs) {
    if (each !== run && !each.folder.startsWith(below)) continue;
    const tag = each.kind === "readable" && each.notes.tags.find((own) => keptTags.includes(own));
    if (typeof tag === "string") return each === run ? `tagged ${tag}` : `a part of it is tagged ${tag}`;
  }
  return path.basename(run.folder) === run.id ? undefined : "in a folder of another name";
}

/** A measurement writes its record as it grows, and is as good as interrupted until it ends. */
const mostSilenceMs = 10 * 60_000;

/**
 * Those of some runs that may still be going on: made of others, not finished by what their record says, and written to
 * in the last ten minutes.
 */
export async function findUnfinished(runs: readonly ListedRun[], nowMs: number): Promise<ListedRun[]> {
  const unfinished: ListedRun[] = [];
  for (const run of runs) {
    if (run.facts["kind"] === "run" || run.facts["verdict"] !== "interrupted") continue;
    const { mtimeMs } = await stat(path.join(run.folder, "run.json"));
    if (nowMs - mtimeMs < mostSilenceMs) unfinished.push(run);
  }
  return unfinished;
}

/** Bytes of a folder and all that is in it, links not followed. What cannot be read counts as nothing. */
export async function measureFolder(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const entryPath = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += await measureFolder(entryPath);
    else
      bytes += await lstat(entryPath).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return bytes;
}

/** Deletes a run's folder with all that is in it. Rejects where that cannot be done. */
export async function deleteRun({ folder }: ListedRun): Promise<void> {
  await rm(folder, { recursive: true });
}
