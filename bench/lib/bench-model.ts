import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveReferenceModel } from "@weir/engine-onnx";
import { checkModelFolder } from "./check-model-folder.ts";

/** The folder that was asked for, else the reference model of MiniLM's size, built on first use. */
export async function resolveBenchModel(asked: string | undefined): Promise<string> {
  if (asked !== undefined) return asked;
  const cacheDirectory = join(process.env["WEIR_CACHE_DIR"] ?? join(homedir(), ".cache", "weir"), "models");
  return (await resolveReferenceModel("reference-embed-minilm", { cacheDirectory })).path;
}

/**
 * The folder that was asked for, in a flag or in WEIR_BENCH_MODEL; else all-MiniLM-L6-v2 where it lies beside the
 * repository (or in the folder that WEIR_SHARED_MODELS names); else the reference model of its size.
 */
export async function resolveRealModel(asked: string | undefined): Promise<string> {
  if (asked !== undefined) return asked;
  const named = process.env["WEIR_BENCH_MODEL"];
  if (named !== undefined) return checkModelFolder(named, "WEIR_BENCH_MODEL");
  const beside =
    process.env["WEIR_SHARED_MODELS"] ?? fileURLToPath(new URL("../../../shared/models", import.meta.url));
  const real = join(beside, "all-MiniLM-L6-v2");
  return existsSync(join(real, "tokenizer.json")) ? real : await resolveBenchModel(undefined);
}

/** The weights that a folder is served with: those of the Hugging Face layout, in `onnx/` or beside the tokenizer. */
export function locateOnnxFile(folder: string): string {
  const names = ["onnx/model.onnx", "model.onnx", "onnx/model_quantized.onnx", "model_quantized.onnx"];
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no ${names.join(" nor ")} in ${folder}`);
  return found;
}
