import { stat } from "node:fs/promises";
import { invalidFile } from "./read-json.ts";
import { readModelFolder } from "./read-model-folder.ts";

/** Finds what is missing or wrong in a model's folder as far as that shows without loading it. Throws MODEL_INVALID. */
export async function checkModelFolder(path: string): Promise<void> {
  const { tokenizerPath } = await readModelFolder(path);
  if ((await stat(tokenizerPath).catch(() => undefined))?.isFile() !== true)
    throw invalidFile(tokenizerPath, "is missing");
}
