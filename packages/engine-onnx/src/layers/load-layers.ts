import { join } from "node:path";
import { stat } from "node:fs/promises";
import type { VectorLayer } from "../folder/read-modules.ts";
import { invalidFile, readRequiredJson, readWholeNumber } from "../folder/read-json.ts";
import { activations, type Activation, type Layer } from "./apply-layers.ts";
import { readSafetensors, type SafeTensor } from "./safetensors.ts";

/** The file of a layer's weights, in its module's folder. */
export const layerWeightsName = "model.safetensors";

/** Reads the weights of the modules after the pooling. Throws MODEL_INVALID naming what is missing or not supported. */
export async function loadLayers(layers: readonly VectorLayer[]): Promise<readonly Layer[]> {
  return Promise.all(
    layers.map(async (layer): Promise<Layer> => {
      switch (layer.kind) {
        case "dense":
          return loadDense(layer.folder);
        case "layer-norm":
          return loadLayerNorm(layer.folder);
        case "normalize":
          return layer;
      }
    }),
  );
}

async function loadDense(folder: string): Promise<Layer> {
  const configPath = join(folder, "config.json");
  const config = await readRequiredJson(configPath);
  for (const [key, only] of [
    ["module_input_name", "sentence_embedding"],
    ["module_output_name", "sentence_embedding"],
  ] as const) {
    const name = config[key] ?? only;
    if (name !== only) throw invalidFile(configPath, `${key} is ${JSON.stringify(name)}, expected ${only}`);
  }
  const inputs = readWholeNumber(config, "in_features", configPath, 1);
  const outputs = readWholeNumber(config, "out_features", configPath, 1);
  if (inputs === undefined || outputs === undefined) {
    throw invalidFile(configPath, "must have in_features and out_features");
  }
  const weights = await readWeights(folder);
  const take = takeTensor(weights.path, weights.tensors);
  return {
    kind: "dense",
    inputs,
    outputs,
    weight: take("linear.weight", [outputs, inputs]),
    bias: config["bias"] === false ? undefined : take("linear.bias", [outputs]),
    activation: readActivation(config["activation_function"], configPath),
  };
}

async function loadLayerNorm(folder: string): Promise<Layer> {
  const configPath = join(folder, "config.json");
  const width = readWholeNumber(await readRequiredJson(configPath), "dimension", configPath, 1);
  if (width === undefined) throw invalidFile(configPath, "must have a dimension");
  const weights = await readWeights(folder);
  const take = takeTensor(weights.path, weights.tensors);
  return {
    kind: "layer-norm",
    width,
    weight: take("norm.weight", [width]),
    bias: take("norm.bias", [width]),
  };
}

async function readWeights(
  folder: string,
): Promise<{ readonly path: string; readonly tensors: ReadonlyMap<string, SafeTensor> }> {
  const path = join(folder, layerWeightsName);
  const tensors = await readSafetensors(path);
  if (tensors !== undefined) return { path, tensors };
  const pickled = join(folder, "pytorch_model.bin");
  const next =
    (await stat(pickled).catch(() => undefined)) === undefined
      ? "Was the download complete?"
      : `Weights in ${pickled} are a Python program's and are not read: loading the model in sentence-transformers ` +
        "and saving it writes them as safetensors.";
  throw invalidFile(path, `is missing; modules.json names the module. ${next}`);
}

function takeTensor(
  path: string,
  tensors: ReadonlyMap<string, SafeTensor>,
): (name: string, dims: readonly number[]) => Float32Array {
  return (name, dims) => {
    const tensor = tensors.get(name);
    if (tensor !== undefined && tensor.dims.join() === dims.join()) return tensor.values;
    const got =
      tensor === undefined ? `only ${[...tensors.keys()].join(", ")}` : `[${tensor.dims.join(", ")}]`;
    throw invalidFile(path, `expected ${name} of [${dims.join(", ")}], got ${got}`);
  };
}

/** PyTorch's modules by their full name; tanh where none is named, as in sentence-transformers. */
function readActivation(named: unknown, path: string): Activation {
  if (named === undefined || named === null) return "Tanh";
  const name = typeof named === "string" ? named.split(".").at(-1)! : undefined;
  if (name !== undefined && Object.hasOwn(activations, name)) return name as Activation;
  throw invalidFile(
    path,
    `activation_function is ${JSON.stringify(named)}, expected one of ${Object.keys(activations).join(", ")}`,
  );
}
