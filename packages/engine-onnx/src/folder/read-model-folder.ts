import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Pooling } from "@weir/protocol";
import {
  invalidFile,
  readJsonObject,
  readRequiredJson,
  readWholeNumber,
  type JsonObject,
} from "./read-json.ts";
import { readLabels } from "./read-labels.ts";
import { readTransformerSettings, resolveMaxTokens } from "./read-max-tokens.ts";
import { assumePooling, readSentenceModules } from "./read-modules.ts";

/** An embedding model's folder in the Hugging Face / sentence-transformers layout, its small files read. */
export interface ModelFolder {
  readonly path: string;
  readonly onnxPath: string;
  /** Longest input in tokens, special tokens included. */
  readonly maxTokens: number;
  readonly pooling: Pooling;
  readonly config: JsonObject;
  /** Where the tokenizer's definition is. It is read apart: it may be large, and only who tokenizes needs it. */
  readonly tokenizerPath: string;
  readonly tokenizerConfig: JsonObject;
  /** Texts are put into lower case before everything else. */
  readonly lowercase: boolean;
  /** Rows of the model's table of token vectors; undefined where config.json does not say. */
  readonly vocabularySize: number | undefined;
  /** The token that fills up short rows. */
  readonly paddingToken: number;
  /** Weights that Weir made from a seed. */
  readonly reference: boolean;
  /** Names of the scores of a model that scores sequences; undefined where it embeds. */
  readonly labels: readonly string[] | undefined;
}

/** The key in config.json that marks a reference model. */
export const referenceMark = "weir_reference";

/** Where the weights may be, in the order of preference. */
const onnxPlaces = [join("onnx", "model.onnx"), "model.onnx"];

/** Throws MODEL_INVALID naming the file that is missing or wrong, with what was expected of it. */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  await checkFolder(path);
  const modules = await readSentenceModules(path);
  const base = join(path, modules.transformerFolder);
  const onnxPath = await findOnnx(base);
  const configPath = join(base, "config.json");
  const config = await readRequiredJson(configPath);
  const settings = await readTransformerSettings(base);
  const tokenizerPath = join(base, "tokenizer.json");
  const tokenizerConfig = (await readJsonObject(join(base, "tokenizer_config.json"))) ?? {};
  return {
    path,
    onnxPath,
    maxTokens: resolveMaxTokens({ folder: base, settings, tokenizerConfig, config }),
    pooling: modules.pooling ?? assumePooling(config),
    config,
    tokenizerPath,
    tokenizerConfig,
    lowercase: settings?.values["do_lower_case"] === true,
    vocabularySize: readWholeNumber(config, "vocab_size", configPath, 1),
    paddingToken: readWholeNumber(config, "pad_token_id", configPath, 0) ?? 0,
    reference: config[referenceMark] === true,
    labels: readLabels(config, configPath),
  };
}

async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw invalidFile(path, "there is no such folder");
  if (!found.isDirectory()) throw invalidFile(path, "is a file, expected a model's folder");
}

async function findOnnx(folder: string): Promise<string> {
  for (const place of onnxPlaces) {
    const path = join(folder, place);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) {
      if (found.size === 0) throw invalidFile(path, "the file is empty. Was the download complete?");
      return path;
    }
  }
  throw invalidFile(
    join(folder, onnxPlaces[0]!),
    "is missing. Expected the weights in ONNX format there or in model.onnx; " +
      "optimum-cli export onnx makes them from other formats.",
  );
}
