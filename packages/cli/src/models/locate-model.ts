import { stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { referenceWeightsPhrase } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { importEmbeddingEngine } from "../engine-packages.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";
import type { ModelArgument } from "./model-argument.ts";

/** Where built reference models are kept. */
export function resolveModelCache(context: Pick<CommandContext, "env">): string {
  return join(resolveCacheDirectory(context.env), "models");
}

/**
 * The folder of a model. A reference model's name builds it on first use, with a line on stderr that says how far;
 * anything else has to be a folder with a model in it, or an .onnx file in one. Throws MODEL_INVALID.
 */
export async function locateModel(argument: ModelArgument, context: CommandContext): Promise<string> {
  const { source } = argument;
  const { isReferenceModelName } = await importEmbeddingEngine();
  if (isReferenceModelName(source)) return buildWithProgress(source, context);
  await checkModel(argument);
  return resolve(source);
}

/** Finds what is wrong with a model as far as that shows without building or loading it. Throws MODEL_INVALID. */
export async function checkModel({ source }: ModelArgument): Promise<void> {
  const engine = await importEmbeddingEngine();
  if (engine.isReferenceModelName(source)) return;
  const path = resolve(source);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true || (found?.isFile() === true && extname(path) === ".onnx"))
    return engine.checkModelFolder(path);
  const names = engine.listReferenceModels().map((model) => model.name);
  const got = found === undefined ? "nothing there" : "a file that is not .onnx";
  const message = `${path}: expected a model folder, got ${got}. Reference models are built by name: ${names.join(", ")}`;
  throw new WeirError("MODEL_INVALID", message);
}

/** Builds a reference model if it is not there yet, and returns its folder. */
export async function buildWithProgress(name: string, context: CommandContext): Promise<string> {
  const { resolveReferenceModel } = await importEmbeddingEngine();
  const { stderr } = context;
  const startedMs = performance.now();
  let shownPercent = -1;
  const { path, built } = await resolveReferenceModel(name, {
    cacheDirectory: resolveModelCache(context),
    signal: context.signal,
    onProgress({ writtenBytes, totalBytes }) {
      const percent = Math.floor((100 * writtenBytes) / totalBytes);
      if (stderr.isTTY !== true || percent === shownPercent) return;
      shownPercent = percent;
      stderr.write(`\rbuilding ${name} (first use only): ${percent} %`);
    },
  });
  if (built) {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const start = stderr.isTTY === true ? "\r\u001b[2K" : "";
    stderr.write(`${start}built ${name} in ${seconds} s (${referenceWeightsPhrase})\n`);
  }
  return path;
}
