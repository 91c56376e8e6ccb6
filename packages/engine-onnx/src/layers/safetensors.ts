import { readFile } from "node:fs/promises";
import { invalidFile, isObject, type JsonObject } from "../folder/read-json.ts";
import { widenBrainFloats, widenHalfFloats } from "./half-floats.ts";

export interface SafeTensor {
  readonly dims: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/**
 * Reads a whole safetensors file of floating-point tensors; for the small ones beside a model. undefined where there is no
 * such file. Throws MODEL_INVALID. The format: eight bytes with the length of a JSON header, the header, then the bytes
 * of the tensors (https://github.com/huggingface/safetensors#format).
 */
export async function readSafetensors(path: string): Promise<ReadonlyMap<string, SafeTensor> | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw invalidFile(path, `cannot be read (${(error as Error).message})`, error);
  }
  const headerBytes = bytes.length < 8 ? Number.NaN : Number(bytes.readBigUInt64LE(0));
  if (!(headerBytes <= bytes.length - 8)) {
    throw invalidFile(path, `is no safetensors file, or a part of one (${bytes.length} bytes)`);
  }
  const data = bytes.subarray(8 + headerBytes);
  const tensors = new Map<string, SafeTensor>();
  for (const [name, entry] of Object.entries(readHeader(path, bytes.subarray(8, 8 + headerBytes)))) {
    if (name !== "__metadata__") tensors.set(name, readTensor(path, name, entry, data));
  }
  return tensors;
}

function readHeader(path: string, bytes: Uint8Array): JsonObject {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalidFile(path, `its header is not valid JSON (${(error as Error).message})`, error);
  }
  if (!isObject(header)) throw invalidFile(path, "its header must be a JSON object");
  return header;
}

/** A copy of its own, since the numbers of a typed array have to begin at a multiple of their size. */
const readers: Readonly<Record<string, (bytes: ArrayBuffer) => Float32Array>> = {
  F64: (bytes) => Float32Array.from(new Float64Array(bytes)),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => widenHalfFloats(new Uint16Array(bytes)),
  BF16: (bytes) => widenBrainFloats(new Uint16Array(bytes)),
};

const bytesOf: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

function readTensor(path: string, name: string, entry: unknown, data: Buffer): SafeTensor {
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  if (typeof dtype !== "string" || !isWholeNumbers(shape) || !isWholeNumbers(offsets)) {
    throw invalidFile(path, `tensor ${name} must have a dtype, a shape and data_offsets`);
  }
  if (!Object.hasOwn(readers, dtype)) {
    const known = Object.keys(readers).join(", ");
    throw invalidFile(path, `tensor ${name} is ${dtype}, expected one of ${known}`);
  }
  const [start = 0, end = 0] = offsets;
  const expected = shape.reduce((product, dim) => product * dim, bytesOf[dtype]!);
  if (end - start !== expected || end > data.length) {
    throw invalidFile(path, `tensor ${name} is not whole. Was the download complete?`);
  }
  const own = Uint8Array.from(data.subarray(start, end)).buffer;
  return { dims: shape, values: readers[dtype]!(own) };
}

function isWholeNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isInteger(one) && (one as number) >= 0);
}
