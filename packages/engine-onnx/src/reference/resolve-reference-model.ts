import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildReferenceModel, type BuildOptions } from "./build-reference-model.ts";
import { isBuiltModel } from "./manifest.ts";
import { parseReferenceModelName } from "./reference-models.ts";

export interface ResolveReferenceOptions extends BuildOptions {
  /** Folder that built models are kept in; made when it is missing. */
  readonly cacheDirectory: string;
}

export interface ResolvedReferenceModel {
  /** Absolute or relative as `cacheDirectory` is. */
  readonly path: string;
  /** Whether it was built now. */
  readonly built: boolean;
}

const buildingMark = ".building-";

/** No build takes this long: an older unfinished folder was left by a process that died. */
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Gives the folder of a reference model, building it on first use. It is built beside its place and moved there when
 * complete, so an interrupted build leaves nothing that could be taken for a model, and of two processes that build at
 * once both end with a good folder. Throws MODEL_INVALID for an unknown name, CANCELLED.
 */
export async function resolveReferenceModel(
  name: string,
  options: ResolveReferenceOptions,
): Promise<ResolvedReferenceModel> {
  const known = parseReferenceModelName(name);
  const { cacheDirectory } = options;
  const path = join(cacheDirectory, known);
  if (await isBuiltModel(path, known)) return { path, built: false };
  await mkdir(cacheDirectory, { recursive: true });
  await removeAbandoned(cacheDirectory);
  const building = await mkdtemp(join(cacheDirectory, `${known}${buildingMark}`));
  try {
    await buildReferenceModel(known, building, options);
    await moveIntoPlace(building, path, known);
    return { path, built: true };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Whether a reference model is in the cache, complete and made by this version. Throws MODEL_INVALID for an unknown name. */
export async function isReferenceModelBuilt(name: string, cacheDirectory: string): Promise<boolean> {
  const known = parseReferenceModelName(name);
  return await isBuiltModel(join(cacheDirectory, known), known);
}

async function moveIntoPlace(building: string, path: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(building, path);
      return;
    } catch (error) {
      // Another process was faster, or something incomplete (or of another version) stands there.
      if (await isBuiltModel(path, name)) return;
      if (attempt === 3) throw error;
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function removeAbandoned(cacheDirectory: string): Promise<void> {
  for (const entry of await readdir(cacheDirectory)) {
    if (!entry.includes(buildingMark)) continue;
    const path = join(cacheDirectory, entry);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfterMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
