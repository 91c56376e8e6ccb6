import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ModelPrompts } from "@weir/engine";
import type { Pooling } from "@weir/protocol";
import { findFirstPosition } from "./first-position.ts";
import { listOnnx, locateModel } from "./locate-model.ts";
import {
  invalidFile,
  readJsonObject,
  readRequiredJson,
  readWholeNumber,
  type JsonObject,
} from "./read-json.ts";
import { readLabels } from "./read-labels.ts";
import { readTransformerSettings, resolveMaxTokens } from "./read-max-tokens.ts";
import { assumePooling, readSentenceModules, type VectorLayer } from "./read-modules.ts";
import { readMatryoshka, readPrompts } from "./read-sentence-config.ts";

/** An embedding model's folder in the Hugging Face / sentence-transformers layout, its small files read. */
export interface ModelFolder {
  readonly path: string;
  readonly onnxPath: string;
  /** Longest input in tokens, special tokens included. */
  readonly maxTokens: number;
  readonly pooling: Pooling;
  /** No file says how to pool. */
  readonly poolingIsAssumed: boolean;
  /** What is done to a pooled vector before it is cut and scaled. */
  readonly layers: readonly VectorLayer[];
  readonly prompts: ModelPrompts;
  /** Whether the tokens of a prompt count in the pooling. */
  readonly includePrompt: boolean;
  /** The lengths that vectors may be cut to; undefined where config.json lists none. */
  readonly matryoshkaDimensions: readonly number[] | undefined;
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
  /** The position of a row's first token, for models that are told positions. */
  readonly firstPosition: number;
  /** Weights that Weir made from a seed. */
  readonly reference: boolean;
  /** Names of the scores of a model that scores sequences; undefined where it embeds. */
  readonly labels: readonly string[] | undefined;
}

/** The key in config.json that marks a reference model. */
export const referenceMark = "weir_reference";

/** Where the weights may be, in the order of preference. */
const onnxPlaces = [
  join("onnx", "model.onnx"),
  "model.onnx",
  join("onnx", "model_quantized.onnx"),
  "model_quantized.onnx",
];

/**
 * Reads the small files of a folder, or of the one that an .onnx file belongs to where the path names such a file.
 * Throws MODEL_INVALID naming the file that is missing or wrong, with what was expected of it.
 */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const { root, onnxFile } = await locateModel(path);
  const modules = await readSentenceModules(root);
  const base = join(root, modules.transformerFolder);
  const onnxPath = onnxFile ?? (await findOnnx(base));
  const configPath = join(base, "config.json");
  const config = await readRequiredJson(configPath);
  const settings = await readTransformerSettings(base);
  const tokenizerPath = join(base, "tokenizer.json");
  const tokenizerConfig = (await readJsonObject(join(base, "tokenizer_config.json"))) ?? {};
  const paddingToken = readWholeNumber(config, "pad_token_id", configPath, 0) ?? 0;
  const firstPosition = findFirstPosition(config, paddingToken);
  return {
    path: root,
    onnxPath,
    maxTokens: resolveMaxTokens({ folder: base, settings, tokenizerConfig, config, firstPosition }),
    pooling: modules.pooling ?? assumePooling(config),
    poolingIsAssumed: modules.pooling === undefined,
    layers: modules.layers,
    prompts: await readPrompts(root),
    includePrompt: modules.includePrompt,
    matryoshkaDimensions: readMatryoshka(config, configPath),
    config,
    tokenizerPath,
    tokenizerConfig,
    lowercase: settings?.values["do_lower_case"] === true,
    vocabularySize: readWholeNumber(config, "vocab_size", configPath, 1),
    paddingToken,
    firstPosition,
    reference: config[referenceMark] === true,
    labels: readLabels(config, configPath),
  };
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
  const others = await listOnnx(folder);
  // Which of several precisions it is decides about every vector, so that is not for a rule to choose.
  if (others.length === 1) return join(folder, others[0]!);
  if (others.length > 1) {
    throw invalidFile(
      folder,
      `has ${others.join(", ")}, and neither model.onnx nor model_quantized.onnx. ` +
        `Name the file instead of the folder: ${join(folder, others[0]!)}`,
    );
  }
  throw invalidFile(
    join(folder, onnxPlaces[0]!),
    "is missing. Expected the weights in ONNX format there or in model.onnx; " +
      "optimum-cli export onnx makes them from other formats.",
  );
}
