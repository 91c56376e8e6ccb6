import { stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { importEmbeddingEngine } from "../engine-packages.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";
import { parseHubName } from "./hub-name.ts";
import type { ModelArgument } from "./model-argument.ts";
import { findPulledModel, listPulledModels } from "./pulled-models.ts";
import { showBuild } from "./show-build.ts";

/** Where built and pulled models are kept. */
export function resolveModelCache(context: Pick<CommandContext, "env">): string {
  return join(resolveCacheDirectory(context.env), "models");
}

/**
 * Where a model is. A reference model's name builds it on first use, with a line on stderr that says how far; a name of a
 * hub is what was pulled of it; anything else has to be a folder with a model in it, or an .onnx file in one. Throws
 * MODEL_INVALID.
 */
export async function locateModel(argument: ModelArgument, context: CommandContext): Promise<string> {
  const { source } = argument;
  const { isReferenceModelName } = await importEmbeddingEngine();
  if (isReferenceModelName(source)) return buildWithProgress(source, context);
  return await checkFolder(argument, context);
}

/** Finds what is wrong with a model as far as that shows without building or loading it. Throws MODEL_INVALID. */
export async function checkModel(
  argument: ModelArgument,
  context: Pick<CommandContext, "env">,
): Promise<void> {
  const { isReferenceModelName } = await importEmbeddingEngine();
  if (!isReferenceModelName(argument.source)) await checkFolder(argument, context);
}

/** A folder of that path comes before a pulled model of that name. */
async function checkFolder({ source }: ModelArgument, context: Pick<CommandContext, "env">): Promise<string> {
  const engine = await importEmbeddingEngine();
  const path = resolve(source);
  const found = await stat(path).catch(() => undefined);
  const pulled = found === undefined ? await findPulled(source, context) : undefined;
  const isModel = found?.isDirectory() === true || (found?.isFile() === true && extname(path) === ".onnx");
  if (pulled !== undefined || isModel) {
    await engine.checkModelFolder(pulled ?? path);
    return pulled ?? path;
  }
  const names = engine.listReferenceModels().map((model) => model.name);
  const got = found === undefined ? "nothing there" : "a file that is not .onnx";
  const hub =
    found === undefined && extname(path) !== ".onnx" && parseHubName(source)?.repository.includes("/");
  const pull = hub === true ? ` A model of a hub is brought here by: weir models pull ${source}` : "";
  const message = `${path}: expected a model folder, got ${got}. Reference models are built by name: ${names.join(", ")}.${pull}`;
  throw new WeirError("MODEL_INVALID", message);
}

async function findPulled(source: string, context: Pick<CommandContext, "env">): Promise<string | undefined> {
  const name = parseHubName(source);
  if (name === undefined) return undefined;
  return findPulledModel(await listPulledModels(resolveModelCache(context)), name)?.path;
}

/** Builds a reference model if it is not there yet, and returns its folder. */
export async function buildWithProgress(name: string, context: CommandContext): Promise<string> {
  const { resolveReferenceModel } = await importEmbeddingEngine();
  const cacheDirectory = resolveModelCache(context);
  return showBuild(name, context, (onProgress) =>
    resolveReferenceModel(name, { cacheDirectory, signal: context.signal, onProgress }),
  );
}
