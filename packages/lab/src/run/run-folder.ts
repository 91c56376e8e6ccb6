import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import { makeFolders } from "./make-folders.ts";

export interface RunFolder {
  /** Sorts by time: `20251121T093012Z-1f3a9c`. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
}

/** Makes a run's folder, named by its start. Throws USAGE where it cannot be made: before the load, not after it. */
export async function createRunFolder(outDirectory: string, startedAt: Date): Promise<RunFolder> {
  const time = startedAt.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const id = `${time}-${randomBytes(3).toString("hex")}`;
  const folder = path.resolve(outDirectory, id);
  try {
    await makeFolders(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError(
      "USAGE",
      `the run's folder ${folder} cannot be made: ${reason}. Choose another with --out.`,
      {
        cause: error,
      },
    );
  }
  return { id, path: folder };
}

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Takes a folder away again whose run did not come about, with the raw rows that may be in it. */
export async function discardRunFolder(folder: RunFolder): Promise<void> {
  await rm(folder.path, { recursive: true, force: true }).catch(() => {});
}
