import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { chatmlTemplate } from "./chat-template.ts";
import {
  describeReferenceChatModel,
  parseReferenceChatModelName,
  type ReferenceChatModelName,
} from "./reference-chat-models.ts";
import { writeChatModel, type ChatBuildOptions } from "./write-chat-model.ts";

export interface ResolveReferenceChatOptions extends ChatBuildOptions {
  /** Folder that built models are kept in; made when it is missing. */
  readonly cacheDirectory: string;
}

export interface ResolvedReferenceChatModel {
  /** Of the .gguf file; absolute or relative as `cacheDirectory` is. */
  readonly path: string;
  /** Whether it was built now. */
  readonly built: boolean;
}

/** Raise it whenever a built file changes by a byte: it is part of the file's name, so models are then built again. */
const builderVersion = 3;

const buildingMark = ".building-";

/** No build takes this long: an older unfinished file was left by a process that died. */
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Gives the file of a reference chat model, building it on first use. It is written beside its place and moved there when
 * complete: a file of that name is whole, and of two processes that build at once both end with the same one.
 * Throws MODEL_INVALID for an unknown name, CANCELLED.
 */
export async function resolveReferenceChatModel(
  name: string,
  options: ResolveReferenceChatOptions,
): Promise<ResolvedReferenceChatModel> {
  const known = parseReferenceChatModelName(name);
  const { cacheDirectory } = options;
  const path = locate(known, cacheDirectory);
  if (await isReferenceChatModelBuilt(known, cacheDirectory)) return { path, built: false };
  await mkdir(cacheDirectory, { recursive: true });
  const building = `${path}${buildingMark}${randomUUID()}`;
  try {
    const { shape } = describeReferenceChatModel(known);
    await writeChatModel(building, shape, { name: known, template: chatmlTemplate }, options);
    await rename(building, path);
  } finally {
    await rm(building, { force: true });
  }
  await removeOld(known, cacheDirectory);
  return { path, built: true };
}

/** Whether a reference chat model is in the cache, made by this version. Throws MODEL_INVALID for an unknown name. */
export async function isReferenceChatModelBuilt(name: string, cacheDirectory: string): Promise<boolean> {
  const known = parseReferenceChatModelName(name);
  const found = await stat(locate(known, cacheDirectory)).catch(() => undefined);
  return found?.isFile() === true && found.size > describeReferenceChatModel(known).weightBytes;
}

function locate(name: ReferenceChatModelName, cacheDirectory: string): string {
  return join(cacheDirectory, `${name}-v${builderVersion}.gguf`);
}

/** Other versions' files of this model, and what builds left behind that died. */
async function removeOld(name: ReferenceChatModelName, cacheDirectory: string): Promise<void> {
  for (const entry of await readdir(cacheDirectory)) {
    if (!entry.startsWith(`${name}-v`)) continue;
    const path = join(cacheDirectory, entry);
    if (path === locate(name, cacheDirectory)) continue;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    if (entry.includes(buildingMark) && Date.now() - found.mtimeMs < abandonedAfterMs) continue;
    await rm(path, { force: true });
  }
}
