import { join, relative } from "node:path";
import type { EmbeddingModelSpec } from "@weir/engine";
import { locateModel } from "./locate-model.ts";
import { invalidFile } from "./read-json.ts";

/** The engine's own setting that says which of a folder's files has the weights: a path inside it. */
const fileOption = "onnxFile";

/**
 * What a path says of a model: its folder, and where the path is that of an .onnx file, which one of the folder's it is.
 * Throws MODEL_INVALID.
 */
export async function toModelSpec(path: string): Promise<Pick<EmbeddingModelSpec, "path" | "options">> {
  const { root, onnxFile } = await locateModel(path);
  if (onnxFile === undefined) return { path: root };
  return { path: root, options: { [fileOption]: relative(root, onnxFile).replaceAll("\\", "/") } };
}

/** The path of the folder, or of the file in it that the spec names. Throws MODEL_INVALID. */
export function readModelPath({ path, options }: Pick<EmbeddingModelSpec, "path" | "options">): string {
  const file = options?.[fileOption];
  if (file === undefined) return path;
  if (typeof file === "string" && file !== "") return join(path, file);
  throw invalidFile(path, `${fileOption} must be the path of a file in it, got ${JSON.stringify(file)}`);
}

/** The same model from another folder, where its weights have their usual name. */
export function toQuantizedSpec(spec: EmbeddingModelSpec, path: string): EmbeddingModelSpec {
  const { options, ...rest } = spec;
  const { [fileOption]: _file, ...others } = options ?? {};
  return { ...rest, path, ...(Object.keys(others).length === 0 ? {} : { options: others }) };
}
