import { homedir } from "node:os";
import { join } from "node:path";
import { resolveReferenceModel } from "@weir/engine-onnx";

/** The folder that was asked for, else the reference model of MiniLM's size, built on first use. */
export async function resolveBenchModel(asked: string | undefined): Promise<string> {
  if (asked !== undefined) return asked;
  const cacheDirectory = join(process.env["WEIR_CACHE_DIR"] ?? join(homedir(), ".cache", "weir"), "models");
  return (await resolveReferenceModel("reference-embed-minilm", { cacheDirectory })).path;
}
