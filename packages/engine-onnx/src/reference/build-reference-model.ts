import { mkdir, open, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { WeirError } from "@weir/protocol";
import { createBertGraph } from "./bert-graph.ts";
import { makeManifest, manifestName, type BuiltFile } from "./manifest.ts";
import { layOutOnnxModel, type OnnxPart } from "./onnx/onnx-model.ts";
import {
  describeReferenceModel,
  parseReferenceModelName,
  producerName,
  type ReferenceModel,
} from "./reference-models.ts";
import { makeWeightValues } from "./seeded-weights.ts";
import { makeSmallFiles } from "./small-files.ts";

export interface BuildOptions {
  /** Ends the build with CANCELLED; the folder is then incomplete and has no manifest. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the build is, some hundred times at most. */
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

export interface BuildProgress {
  readonly writtenBytes: number;
  readonly totalBytes: number;
}

/** Numbers made and written at a time: 4 MiB. Memory does not grow with the model. */
const chunkLength = 1024 * 1024;

/**
 * Writes a reference model's whole folder in the sentence-transformers layout, the same bytes on every machine. The
 * manifest comes last: a folder that has one is complete. Throws MODEL_INVALID for an unknown name, CANCELLED.
 */
export async function buildReferenceModel(
  name: string,
  directory: string,
  options: BuildOptions = {},
): Promise<void> {
  const model = describeReferenceModel(parseReferenceModelName(name));
  await mkdir(directory, { recursive: true });
  const files: BuiltFile[] = [await writeWeights(model, directory, options)];
  for (const [path, content] of Object.entries(makeSmallFiles(model))) {
    const bytes = Buffer.from(content, "utf8");
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
    files.push({ path, bytes: bytes.length });
  }
  await writeFile(join(directory, manifestName), makeManifest(model.name, files));
}

async function writeWeights(
  model: ReferenceModel,
  directory: string,
  { signal, onProgress }: BuildOptions,
): Promise<BuiltFile> {
  const path = "onnx/model.onnx";
  await mkdir(join(directory, "onnx"), { recursive: true });
  const file = await open(join(directory, path), "w");
  try {
    let writtenBytes = 0;
    for (const part of layOutOnnxModel(createBertGraph(model.shape), producerName)) {
      for (const bytes of makeBytes(part, model.name)) {
        if (signal?.aborted === true) {
          throw new WeirError("CANCELLED", `building ${model.name} was cancelled`, { cause: signal.reason });
        }
        await file.writeFile(bytes);
        writtenBytes += bytes.length;
        if (part.kind === "weight") onProgress?.({ writtenBytes, totalBytes: model.weightBytes });
      }
    }
    return { path, bytes: writtenBytes };
  } finally {
    await file.close();
  }
}

function* makeBytes(part: OnnxPart, seed: string): Generator<Uint8Array> {
  if (part.kind === "bytes") {
    yield part.bytes;
    return;
  }
  for (const values of makeWeightValues(part.weight, seed, chunkLength)) {
    // Float32Array keeps the machine's byte order; every machine that ONNX Runtime runs on is little-endian.
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
