import { stat } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";

/** Throws USAGE where the folder of a file to be written is not there: said before an hour of measuring, not after it. */
export async function checkFolderOf(flag: string, file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const folder = path.dirname(path.resolve(file));
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new WeirError(
      "USAGE",
      `--${flag}: expected a file in a folder that is there, got ${file}. Make ${folder} first.`,
    );
  if ((await stat(file).catch(() => undefined))?.isDirectory() === true)
    throw new WeirError("USAGE", `--${flag}: expected a file, got the folder ${file}. Name a file in it.`);
}
