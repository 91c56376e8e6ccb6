import { readdirSync } from "node:fs";
import { join } from "node:path";
import { endWithMessage } from "./end-with-message.ts";

/** The folder, where there are ONNX weights in it; else the bench ends with a line that says so. */
export function checkModelFolder(path: string, name: string): string {
  const hasWeights = [path, join(path, "onnx")].some((folder) =>
    list(folder).some((entry) => entry.endsWith(".onnx")),
  );
  if (hasWeights) return path;
  return endWithMessage(
    `${name}: expected a model's folder with a file *.onnx in it or in its onnx/, got "${path}"`,
  );
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
