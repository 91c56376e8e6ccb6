import {
  alignOffset,
  countBytes,
  defaultAlignment,
  ggufMagic,
  ggufVersion,
  tensorTypes,
  valueTypes,
  type GgufTensor,
  type GgufValue,
} from "./gguf-values.ts";

export interface GgufLayout {
  /** Everything before the first tensor, padded to where that begins. */
  readonly head: Uint8Array;
  /** The whole file's. */
  readonly totalBytes: number;
}

/**
 * Encodes all of a GGUF file but its tensors' bytes, which follow `head` in order, each padded with zeros to a multiple of
 * 32 bytes.
 */
export function encodeGgufHead(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): GgufLayout {
  const writer = createWriter();
  writer.bytes(Buffer.from(ggufMagic, "latin1"));
  writer.uint32(ggufVersion);
  writer.uint64(tensors.length);
  const entries = Object.entries(metadata);
  writer.uint64(entries.length);
  for (const [key, value] of entries) {
    writer.string(key);
    writeValue(writer, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    writer.string(tensor.name);
    writer.uint32(tensor.dims.length);
    for (const dim of tensor.dims) writer.uint64(dim);
    writer.uint32(tensorTypes[tensor.type].id);
    writer.uint64(offset);
    offset = alignOffset(offset + countBytes(tensor), defaultAlignment);
  }
  const head = writer.finish(defaultAlignment);
  return { head, totalBytes: head.length + offset };
}

function writeValue(writer: Writer, entry: GgufValue): void {
  switch (entry.type) {
    case "uint32":
    case "int32":
    case "float32":
      writer.uint32(valueTypes.indexOf(entry.type));
      return writer[entry.type](entry.value);
    case "bool":
      writer.uint32(valueTypes.indexOf("bool"));
      return writer.bytes(Uint8Array.of(entry.value ? 1 : 0));
    case "string":
      writer.uint32(valueTypes.indexOf("string"));
      return writer.string(entry.value);
    case "strings":
      writer.uint32(valueTypes.indexOf("array"));
      writer.uint32(valueTypes.indexOf("string"));
      writer.uint64(entry.value.length);
      for (const text of entry.value) writer.string(text);
      return;
    case "int32s":
      writer.uint32(valueTypes.indexOf("array"));
      writer.uint32(valueTypes.indexOf("int32"));
      writer.uint64(entry.value.length);
      for (const value of entry.value) writer.int32(value);
      return;
  }
}

type Writer = ReturnType<typeof createWriter>;

/** Everything is little-endian. Grows by doubling. */
function createWriter() {
  let buffer = Buffer.alloc(64 * 1024);
  let length = 0;
  const reserve = (bytes: number): number => {
    const start = length;
    length += bytes;
    if (length > buffer.length) buffer = Buffer.concat([buffer], Math.max(length, buffer.length * 2));
    return start;
  };
  const uint64 = (value: number): void => {
    const start = reserve(8);
    buffer.writeUInt32LE(value % 2 ** 32, start);
    buffer.writeUInt32LE(Math.floor(value / 2 ** 32), start + 4);
  };
  return {
    uint32: (value: number): void => void buffer.writeUInt32LE(value, reserve(4)),
    int32: (value: number): void => void buffer.writeInt32LE(value, reserve(4)),
    float32: (value: number): void => void buffer.writeFloatLE(value, reserve(4)),
    uint64,
    bytes(bytes: Uint8Array): void {
      const start = reserve(bytes.length);
      buffer.set(bytes, start);
    },
    string(text: string): void {
      const bytes = Buffer.byteLength(text);
      uint64(bytes);
      const start = reserve(bytes);
      buffer.write(text, start, "utf8");
    },
    finish(alignment: number): Uint8Array {
      reserve(alignOffset(length, alignment) - length);
      return buffer.subarray(0, length);
    },
  };
}
