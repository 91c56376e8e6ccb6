import { open, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

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

async function readTensor(reader: FieldReader, tensor: Field, found: FoundTensors): Promise<void> {
  let elements = 1;
  let type: number | undefined;
  for await (const field of reader.fields(tensor.start, tensor.end)) {
    if (field.number === 1) elements *= await reader.product(field);
    else if (field.number === 2) type = field.value;
    else if (field.number === 13) {
      const [key, value] = await reader.strings(field);
      if (key === "location" && value !== undefined) found.locations.add(value);
    }
  }
  const [name, bits] = elementTypes.get(type ?? 0) ?? ["unknown", 8];
  found.bitsByType.set(name, (found.bitsByType.get(name) ?? 0) + elements * bits);
}

async function sumSizes(path: string, locations: ReadonlySet<string>): Promise<number> {
  let bytes = 0;
  for (const location of locations) bytes += (await stat(join(dirname(path), location))).size;
  return bytes;
}

/** One field of a protobuf message: a number in `value`, or bytes from `start` to `end` of the file. */
interface Field {
  readonly number: number;
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** Walks protobuf fields in a file, skipping over contents; a window of the file is kept for the many small ones. */
class FieldReader {
  readonly #file: FileHandle;
  readonly #window: Buffer = Buffer.alloc(65_536);
  #windowStart = 0;
  #windowLength = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async *fields(start: number, end: number): AsyncGenerator<Field> {
    let at = start;
    while (at < end) {
      const tag = await this.#varint(at);
      const number = Math.floor(tag.value / 8);
      const wireType = tag.value % 8;
      if (wireType === 0) {
        const { value, next } = await this.#varint(tag.next);
        yield { number, value, start: tag.next, end: next };
        at = next;
      } else if (wireType === 1 || wireType === 5) {
        at = tag.next + (wireType === 1 ? 8 : 4);
        yield { number, value: 0, start: tag.next, end: at };
      } else if (wireType === 2) {
        const { value, next } = await this.#varint(tag.next);
        at = next + value;
        yield { number, value: -1, start: next, end: at };
      } else {
        throw new Error(`protobuf wire type ${wireType} at byte ${at}`);
      }
    }
  }

  /** The product of a repeated number field, packed or not. */
  async product(field: Field): Promise<number> {
    if (field.value !== -1) return field.value;
    let product = 1;
    for (let at = field.start; at < field.end;) {
      const { value, next } = await this.#varint(at);
      product *= value;
      at = next;
    }
    return product;
  }

  /** The text fields of a small message, in order of their numbers. */
  async strings(message: Field): Promise<string[]> {
    const texts: string[] = [];
    for await (const { number, start, end } of this.fields(message.start, message.end)) {
      const bytes = Buffer.alloc(end - start);
      await this.#file.read(bytes, 0, bytes.length, start);
      texts[number - 1] = bytes.toString("utf8");
    }
    return texts;
  }

  async #varint(start: number): Promise<{ value: number; next: number }> {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = await this.#byte(start + index);
      // Numbers beyond 2^53 occur only as negative values, which mean nothing here.
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, next: start + index + 1 };
    }
    throw new Error(`protobuf number without an end at byte ${start}`);
  }

  async #byte(at: number): Promise<number> {
    const offset = at - this.#windowStart;
    if (offset >= 0 && offset < this.#windowLength) return this.#window[offset]!;
    const { bytesRead } = await this.#file.read(this.#window, 0, this.#window.length, at);
    if (bytesRead === 0) throw new Error(`the file ends before byte ${at}`);
    this.#windowStart = at;
    this.#windowLength = bytesRead;
    return this.#window[0]!;
  }
}
