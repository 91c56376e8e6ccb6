import { open, type FileHandle } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import { createHeadReader, EndOfBytes, type HeadReader } from "./head-reader.ts";
import { countNumbers, defaultAlignment, ggufMagic, valueTypes } from "./gguf-values.ts";
import { tensorSizes } from "./tensor-sizes.ts";

/** What a GGUF file says of itself before its weights. */
export interface GgufHead {
  /** Numbers, texts and booleans by key. Lists are in `lengths` and `lists`. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  /** Lengths of the lists among the metadata. */
  readonly lengths: Readonly<Record<string, number>>;
  /** Lists of whole numbers that are short, such as those with a number for each layer. */
  readonly lists: Readonly<Record<string, readonly number[]>>;
  /** Weights in all. */
  readonly parameters: number;
  /** The shortest that the file can be with all its tensors; undefined where one has a number format not known here. */
  readonly leastBytes: number | undefined;
  /** The file's length. */
  readonly bytes: number;
}

/** No model has as many layers. */
const mostListed = 1024;
const firstReadBytes = 1024 * 1024;
/** No vocabulary takes more: what is longer is not read into memory. */
const mostHeadBytes = 256 * 1024 * 1024;

/** Reads a GGUF file up to its weights, without llama.cpp. Throws MODEL_INVALID saying what the file is instead. */
export async function readGgufHead(path: string): Promise<GgufHead> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw invalid(path, "a file that can be read", describeCause(cause), { cause });
  });
  try {
    const { size } = await file.stat();
    for (let length = firstReadBytes; ; length *= 4) {
      const bytes = await readStart(file, Math.min(length, size), path);
      try {
        return parseHead(bytes, size, path);
      } catch (error) {
        if (!(error instanceof EndOfBytes)) throw error;
        if (bytes.length === size) {
          throw invalid(
            path,
            "a whole GGUF file",
            `one that ends after ${size} bytes, within its head: it was cut short`,
          );
        }
        if (length >= mostHeadBytes) throw invalid(path, "a GGUF head of at most 256 MiB", "a longer one");
      }
    }
  } finally {
    await file.close();
  }
}

async function readStart(file: FileHandle, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, done).catch((cause: unknown) => {
      throw invalid(path, "a file that can be read", describeCause(cause), { cause });
    });
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

function parseHead(bytes: Buffer, size: number, path: string): GgufHead {
  const magic = bytes.toString("latin1", 0, 4);
  if (magic !== ggufMagic) {
    const got = size < 4 ? `${size} bytes` : `one that begins with ${JSON.stringify(magic)}`;
    throw invalid(path, 'a GGUF file, which begins with "GGUF"', got);
  }
  const reader = createHeadReader(bytes, 4);
  const version = reader.uint32();
  if (version !== 2 && version !== 3) {
    const bigEndian = version === 0x0200_0000 || version === 0x0300_0000;
    const got = bigEndian ? "one for big-endian machines" : `version ${version}`;
    throw invalid(path, "GGUF of version 2 or 3, little-endian", got);
  }
  const tensors = reader.uint64();
  const entries = reader.uint64();
  const metadata: Record<string, string | number | boolean> = {};
  const lengths: Record<string, number> = {};
  const lists: Record<string, readonly number[]> = {};
  for (let index = 0; index < entries; index++) {
    const key = reader.string();
    const type = reader.uint32();
    if (valueTypes[type] === "array") {
      const list = readList(reader, path);
      lengths[key] = list.length;
      if (list.numbers !== undefined) lists[key] = list.numbers;
    } else metadata[key] = readValue(reader, type, path);
  }
  let parameters = 0;
  let end: number | undefined = 0;
  for (let index = 0; index < tensors; index++) {
    reader.string();
    const rank = reader.uint32();
    const dims = Array.from({ length: Math.min(rank, 8) }, () => reader.uint64());
    const type = reader.uint32();
    const offset = reader.uint64();
    const numbers = countNumbers({ dims });
    parameters += numbers;
    const known = tensorSizes[type];
    if (known === undefined) end = undefined;
    else if (end !== undefined)
      end = Math.max(end, offset + (numbers / known.blockLength) * known.blockBytes);
  }
  const alignment = metadata["general.alignment"];
  const step = typeof alignment === "number" && alignment > 0 ? alignment : defaultAlignment;
  const start = Math.ceil(reader.offset() / step) * step;
  return {
    metadata,
    lengths,
    lists,
    parameters,
    leastBytes: end === undefined ? undefined : start + end,
    bytes: size,
  };
}

function readValue(reader: HeadReader, type: number, path: string): string | number | boolean {
  switch (valueTypes[type]) {
    case "uint8":
      return reader.uint8();
    case "int8":
      return (reader.uint8() << 24) >> 24;
    case "uint16":
      return reader.uint16();
    case "int16":
      return (reader.uint16() << 16) >> 16;
    case "uint32":
      return reader.uint32();
    case "int32":
      return reader.uint32() | 0;
    case "float32":
      return reader.float32();
    case "bool":
      return reader.uint8() !== 0;
    case "string":
      return reader.string();
    case "uint64":
      return reader.uint64();
    case "int64":
      return reader.int64();
    case "float64":
      return reader.float64();
    default:
      throw invalid(
        path,
        "metadata of a known type",
        `type ${type}: the file is damaged or newer than GGUF 3`,
      );
  }
}

const fixedBytes: Readonly<Record<string, number>> = {
  uint8: 1,
  int8: 1,
  bool: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

interface List {
  readonly length: number;
  /** Where they are few, and whole. */
  readonly numbers: readonly number[] | undefined;
}

function readList(reader: HeadReader, path: string): List {
  const type = reader.uint32();
  const length = reader.uint64();
  const kind = valueTypes[type] ?? "";
  const each = fixedBytes[kind];
  let numbers: readonly number[] | undefined;
  if (/^u?int/.test(kind) && length <= mostListed)
    numbers = Array.from({ length }, () => Number(readValue(reader, type, path)));
  else if (each !== undefined) reader.skip(length * each);
  else if (kind === "string") for (let index = 0; index < length; index++) reader.skip(reader.uint64());
  else if (kind === "array") for (let index = 0; index < length; index++) readList(reader, path);
  else
    throw invalid(path, "a list of a known type", `type ${type}: the file is damaged or newer than GGUF 3`);
  return { length, numbers };
}

function describeCause(cause: unknown): string {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  if (code === "ENOENT") return "nothing there";
  if (code === "EISDIR") return "a folder";
  return typeof code === "string" ? code : "an error";
}

function invalid(path: string, expected: string, got: string, options?: ErrorOptions): WeirError {
  return new WeirError("MODEL_INVALID", `${path}: expected ${expected}, got ${got}`, options);
}
