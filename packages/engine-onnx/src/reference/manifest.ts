import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isObject, readJsonObject } from "../folder/read-json.ts";

/**
 * Raise it whenever a built file changes by a byte: folders of other versions are then built again.
 */
const builderVersion = 1;

/** Written last; says what a complete folder holds. */
export const manifestName = "weir-reference.json";

export interface BuiltFile {
  /** Inside the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
}

export function makeManifest(name: string, files: readonly BuiltFile[]): string {
  return `${JSON.stringify({ name, builderVersion, files }, undefined, 2)}\n`;
}

/** Whether a folder holds this model, of this version, with every file of its full size. */
export async function isBuiltModel(directory: string, name: string): Promise<boolean> {
  const manifest = await readJsonObject(join(directory, manifestName)).catch(() => undefined);
  if (manifest?.["name"] !== name || manifest["builderVersion"] !== builderVersion) return false;
  const files: unknown = manifest["files"];
  if (!Array.isArray(files) || files.length === 0) return false;
  for (const file of files) {
    if (!isObject(file) || typeof file["path"] !== "string") return false;
    const found = await stat(join(directory, file["path"])).catch(() => undefined);
    if (found?.size !== file["bytes"]) return false;
  }
  return true;
}
