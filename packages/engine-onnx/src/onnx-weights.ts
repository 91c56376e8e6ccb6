import { open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FieldReader, type FileField } from "./graph/field-reader.ts";
import { externalLocation } from "./graph/parse-tensor.ts";

/** What an ONNX file says about its weights, found without reading them. */
export interface OnnxWeights {
  /** The number format that most bytes of the weights are in. `unknown` where none are listed. */
  readonly precision: string;
  /** Bytes on disk, files that the model refers to included. */
  readonly weightBytes: number;
}

/** TensorProto.DataType: name and bits of an element. Source: onnx.proto3 of ONNX 1.16. */
const elementTypes: ReadonlyMap<number, readonly [name: string, bits: number]> = new Map([
  [1, ["float32", 32]],
  [2, ["uint8", 8]],
  [3, ["int8", 8]],
  [6, ["int32", 32]],
  [7, ["int64", 64]],
  [10, ["float16", 16]],
  [11, ["float64", 64]],
  [16, ["bfloat16", 16]],
  [21, ["uint4", 4]],
  [22, ["int4", 4]],
]);

export async function readOnnxWeights(path: string): Promise<OnnxWeights> {
  const { fileBytes, bitsByType, locations } = await readTensors(path);
  const [largest] = [...bitsByType].toSorted((a, b) => b[1] - a[1]);
  return {
    precision: largest?.[0] ?? "unknown",
    weightBytes: fileBytes + (await sumSizes(path, locations)),
  };
}

/** The files that an ONNX file keeps weights in beside itself, as it names them: relative to its own folder. */
export async function readExternalFiles(path: string): Promise<readonly string[]> {
  return [...(await readTensors(path)).locations];
}

interface FoundTensors {
  readonly fileBytes: number;
  readonly bitsByType: Map<string, number>;
  readonly locations: Set<string>;
}

async function readTensors(path: string): Promise<FoundTensors> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const found = {
      fileBytes: size,
      bitsByType: new Map<string, number>(),
      locations: new Set<string>(),
    };
    const reader = new FieldReader(file);
    for await (const model of reader.fields(0, size)) {
      if (model.number !== 7) continue;
      for await (const graph of reader.fields(model.start, model.end)) {
        if (graph.number === 5) await readTensor(reader, graph, found);
      }
    }
    return found;
  } finally {
    await file.close();
  }
}

async function readTensor(reader: FieldReader, tensor: FileField, found: FoundTensors): Promise<void> {
  let elements = 1;
  let type: number | undefined;
  let isExternal = false;
  const locations: string[] = [];
  for await (const field of reader.fields(tensor.start, tensor.end)) {
    if (field.number === 1) elements *= await reader.product(field);
    else if (field.number === 2) type = field.value;
    else if (field.number === 13) {
      const [key, value] = await reader.strings(field);
      if (key === "location" && value !== undefined) locations.push(value);
    } else if (field.number === 14) isExternal = field.value === externalLocation;
  }
  // Tools that take weights in may leave the name of the file behind where they were.
  if (isExternal) for (const location of locations) found.locations.add(location);
  const [name, bits] = elementTypes.get(type ?? 0) ?? ["unknown", 8];
  found.bitsByType.set(name, (found.bitsByType.get(name) ?? 0) + elements * bits);
}

async function sumSizes(path: string, locations: ReadonlySet<string>): Promise<number> {
  let bytes = 0;
  for (const location of locations) bytes += (await stat(join(dirname(path), location))).size;
  return bytes;
}
