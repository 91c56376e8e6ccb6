import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { WeirError } from "@weir/protocol";

/** Throws USAGE where a folder for the cache's file is not there and cannot be made, or cannot be written to. Makes nothing. */
export async function checkCacheFolder(directory: string): Promise<void> {
  const place = await findFolderProblem(directory);
  if (place === undefined) return;
  const message =
    `--cache-dir: expected a folder that the cache's file can be written to, got ${place}. ` +
    "Name another, or take --cache-disk 0 to keep vectors in memory alone.";
  throw new WeirError("USAGE", message);
}

/** Why nothing can be written to a folder, after its path; undefined where it can, or could if it were made. Makes nothing. */
export async function findFolderProblem(directory: string): Promise<string | undefined> {
  const wanted = resolve(directory);
  let existing = wanted;
  let found = await stat(existing).catch(() => undefined);
  while (found === undefined && dirname(existing) !== existing) {
    existing = dirname(existing);
    found = await stat(existing).catch(() => undefined);
  }
  const why = found?.isDirectory() === false ? "is a file" : await findObstacle(existing);
  if (why === undefined) return undefined;
  return existing === wanted ? `${wanted}, which ${why}` : `${wanted}: ${existing} ${why}`;
}

async function findObstacle(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `may not be written to (${(error as NodeJS.ErrnoException).code ?? "no reason given"})`;
  }
}
