import { WeirError } from "@weir/protocol";
import type { RepositoryFile } from "./hub-repository.ts";

/** Number formats that repositories have weights in. `other` are graphs of one runtime or level (`model_O3.onnx`). */
type WeightPrecision = "fp32" | "fp16" | "int8" | "q4" | "other";
export const askedPrecisions = ["fp32", "fp16", "int8", "q4"] as const;

export interface WeightFile {
  readonly file: RepositoryFile;
  readonly precision: WeightPrecision;
}

export interface WantedWeights {
  readonly precision: (typeof askedPrecisions)[number] | undefined;
  /** A file of the repository, by its path or its name. */
  readonly file: string | undefined;
  readonly arch: string;
}

/**
 * Precision by the names that optimum, sentence-transformers and transformers.js give to exported files: `model`,
 * `model_fp16`, `model_quantized`, `model_qint8_avx512_vnni`, `model_q4f16`, ...
 */
function toPrecision(path: string): WeightPrecision {
  const stem = path
    .replace(/^.*\//, "")
    .replace(/\.onnx$/, "")
    .toLowerCase();
  if (stem === "model" || /(^|[._-])(fp32|float32)$/.test(stem)) return "fp32";
  if (/(^|[._-])(fp16|float16|half)$/.test(stem)) return "fp16";
  if (/(^|[._-])(q4|q4f16|bnb4|int4|uint4)$/.test(stem)) return "q4";
  return /(^|[._-])(q?u?int8|quantized|q8)([._-]|$)/.test(stem) ? "int8" : "other";
}

/** The ONNX files that may be a model's weights: in its folder or in `onnx` below, or all there are where it has none. */
export function listWeights(files: readonly RepositoryFile[], base: string): WeightFile[] {
  const all = files.filter(({ path }) => path.endsWith(".onnx"));
  const near = all.filter(({ path }) => {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    return folder === base || folder === `${base}onnx/`;
  });
  return (near.length > 0 ? near : all).map((file) => ({ file, precision: toPrecision(file.path) }));
}

/** Of several in int8 the one for this machine, or else one that runs everywhere. */
const int8Names: Readonly<Record<string, readonly string[]>> = {
  x64: ["int8", "quantized", "uint8", "quint8_avx2", "qint8_avx512_vnni", "qint8_avx512"],
  arm64: ["int8", "quantized", "qint8_arm64", "uint8"],
};

/** Chooses one, in float32 where nothing else is asked for. Throws HUB_REFUSED and USAGE, naming what there is. */
export function chooseWeights(
  found: readonly WeightFile[],
  wanted: WantedWeights,
  repository: string,
): WeightFile {
  if (found.length === 0) {
    const message =
      `${repository} has no ONNX files, and Weir runs no other weights. Export them where Python is: ` +
      `pip install "optimum[onnxruntime]" && optimum-cli export onnx --model ${repository} --task feature-extraction FOLDER, ` +
      `then --model FOLDER. Or look for the same model in an organisation that has it in ONNX (onnx-community, Xenova).`;
    throw new WeirError("HUB_REFUSED", message);
  }
  const { file: asked, precision } = wanted;
  if (asked !== undefined) {
    const fitting = found.filter(({ file }) => file.path === asked || file.path.endsWith(`/${asked}`));
    if (fitting.length === 1) return fitting[0]!;
    throw new WeirError("USAGE", `--file: expected one of ${describe(found)}; got ${JSON.stringify(asked)}.`);
  }
  if (precision !== undefined) {
    const fitting = found.filter((weights) => weights.precision === precision);
    const best = preferOne(fitting, precision, wanted.arch);
    if (best !== undefined) return best;
    const next = fitting.length > 1 ? "Name one with --file." : "Choose another, or name a file with --file.";
    const message = `--precision: expected one of what ${repository} has, ${describe(found)}; got ${precision}. ${next}`;
    throw new WeirError("USAGE", message);
  }
  const usual = preferOne(
    found.filter((weights) => weights.precision === "fp32"),
    "fp32",
    wanted.arch,
  );
  if (usual !== undefined) return usual;
  if (found.length === 1) return found[0]!;
  const message = `${repository} has no model.onnx in float32, but ${describe(found)}. Choose with --precision or --file.`;
  throw new WeirError("USAGE", message);
}

function preferOne(found: readonly WeightFile[], precision: string, arch: string): WeightFile | undefined {
  if (found.length < 2) return found[0];
  const names = precision === "int8" ? (int8Names[arch] ?? []).map((name) => `model_${name}`) : ["model"];
  for (const name of names) {
    // Below onnx before the model's own folder, as the engine looks for them.
    const places = [`onnx/${name}.onnx`, `/${name}.onnx`, `${name}.onnx`];
    for (const place of places) {
      const fitting = found.find(({ file }) => file.path === place || file.path.endsWith(place));
      if (fitting !== undefined) return fitting;
    }
  }
  return undefined;
}

function describe(found: readonly WeightFile[]): string {
  return found
    .map(({ file, precision }) => `${file.path} (${precision}, ${toMegabytes(file.bytes)} MB)`)
    .join(", ");
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
