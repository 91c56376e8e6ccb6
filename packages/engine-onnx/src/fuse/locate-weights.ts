import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, relative, sep } from "node:path";
import type { WeightPlaces } from "../graph/outline-model.ts";
import { readExternalFiles } from "../onnx-weights.ts";
import { stampFiles } from "./file-stamps.ts";

/** The files of a model, and the folder that all of them are below. */
export interface LocatedWeights {
  readonly folder: string;
  /** Relative to the folder. */
  readonly places: WeightPlaces;
  /** Rejects where the files are others by now than when they were found. */
  readonly checkFiles: () => Promise<void>;
}

/**
 * Finds a model's files through links, as the caches of Hugging Face's libraries have them: ONNX Runtime takes weights from
 * nowhere but below one folder, and looks where links lead. Rejects where a file is missing, and where the model names one
 * outside of its folder.
 */
export async function locateWeights(onnxPath: string): Promise<LocatedWeights> {
  const ownStamp = await stampFiles([onnxPath]);
  const names = await readExternalFiles(onnxPath);
  // Links are the work of whoever has the folder; names are that of whoever made the model, who could name any file.
  for (const name of names) {
    if (isAbsolute(name) || leadsOut(normalize(name)))
      throw new RangeError(`weights in ${name}, outside of the folder`);
  }
  const paths = names.map((name) => join(dirname(onnxPath), name));
  const stamps = [ownStamp, await stampFiles(paths)];
  const own = await realpath(onnxPath);
  const real = await Promise.all(paths.map((path) => realpath(path)));
  const folder = [own, ...real].map((path) => dirname(path)).reduce(findShared);
  const place = (path: string): string => relative(folder, path).replaceAll(sep, "/");
  return {
    checkFiles: async () => void (await Promise.all(stamps.map((stamp) => stamp.check()))),
    folder,
    places: { own: place(own), beside: new Map(names.map((name, index) => [name, place(real[index]!)])) },
  };
}

function findShared(a: string, b: string): string {
  let shared = a;
  while (leadsOut(relative(shared, b))) shared = dirname(shared);
  return shared;
}

/** A folder's own name may begin with two dots. */
function leadsOut(path: string): boolean {
  return path.split(sep)[0] === "..";
}
