import { extname, join, resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { importChatEngine } from "../engine-packages.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";
import { showBuild } from "./show-build.ts";

const referencePrefix = "reference-chat-";

/** Whether a model's source is one for chat: a .gguf file, or a reference chat model's name. Nothing is loaded to know it. */
export function isChatSource(source: string): boolean {
  return extname(source).toLowerCase() === ".gguf" || source.startsWith(referencePrefix);
}

/**
 * The absolute path of a chat model. A reference model's name builds it on first use, with a line on stderr that says how
 * far. Throws ENGINE_MISSING and MODEL_INVALID.
 */
export async function locateChatModel(source: string, context: CommandContext): Promise<string> {
  const { isReferenceChatModelName } = await importChatEngine();
  if (isReferenceChatModelName(source)) return resolve(await buildChatModel(source, context));
  return checkChatFile(source);
}

/** Finds what is wrong with a chat model as far as that shows without building or loading it. Throws as {@link locateChatModel}. */
export async function checkChatModel(source: string): Promise<void> {
  const { isReferenceChatModelName } = await importChatEngine();
  if (!isReferenceChatModelName(source)) await checkChatFile(source);
}

async function checkChatFile(source: string): Promise<string> {
  const path = resolve(source);
  const engine = await importChatEngine();
  if (extname(path).toLowerCase() === ".gguf") {
    await engine.checkChatModel(path);
    return path;
  }
  const names = engine.listReferenceChatModels().map(({ name }) => name);
  const message = `${source}: expected a .gguf file or the name of a reference model (${names.join(", ")})`;
  throw new WeirError("MODEL_INVALID", message);
}

/** Builds a reference chat model if it is not there yet, and returns its file. */
export async function buildChatModel(name: string, context: CommandContext): Promise<string> {
  const { resolveReferenceChatModel } = await importChatEngine();
  const cacheDirectory = join(resolveCacheDirectory(context.env), "models");
  return showBuild(name, context, (onProgress) =>
    resolveReferenceChatModel(name, { cacheDirectory, signal: context.signal, onProgress }),
  );
}
