import { readdir, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { invalidFile } from "./read-json.ts";

export interface ModelPlace {
  /** The model's folder. */
  readonly root: string;
  /** The file of weights, where the path names one. */
  readonly onnxFile: string | undefined;
}

/** What a path says: a model's folder, or one of the .onnx files in it or in its folder `onnx`. Throws MODEL_INVALID. */
export async function locateModel(path: string): Promise<ModelPlace> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw invalidFile(path, "there is no such folder");
  if (found.isDirectory()) return { root: path, onnxFile: undefined };
  if (extname(path) !== ".onnx") {
    throw invalidFile(path, "is a file, expected a model's folder or an .onnx file in one");
  }
  if (found.size === 0) throw invalidFile(path, "the file is empty. Was the download complete?");
  const near = dirname(path);
  const folders = [near, dirname(near)];
  for (const name of ["modules.json", "config.json"]) {
    for (const root of folders) {
      if (await isFile(join(root, name))) return { root, onnxFile: path };
    }
  }
  throw invalidFile(path, `belongs to no model: config.json is neither in ${folders.join(" nor in ")}`);
}

/** The .onnx files of a folder and of its folder `onnx`, as paths inside it, by name. */
export async function listOnnx(folder: string): Promise<readonly string[]> {
  const found = await Promise.all(
    ["onnx", ""].map(async (place) => {
      const names = await readdir(join(folder, place)).catch(() => []);
      return names
        .filter((name) => extname(name) === ".onnx")
        .toSorted()
        .map((name) => join(place, name));
    }),
  );
  return found.flat();
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
