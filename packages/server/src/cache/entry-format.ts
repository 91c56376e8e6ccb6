import { crc32 } from "node:zlib";
import { missing } from "./ram-store.ts";

/**
 * An entry of the file: u32 CRC-32 of its key and of all that follows, u32 note, u32 seconds since 1970 when it was last of
 * use, u32 number of values, then the values as float32. Everything little-endian.
 */
const headBytes = 16;

export const diskKeyBytes = 32;

/** The key under which the file says what it is. No other key is as short. */
export const schemaKey: Buffer = Buffer.from("weir");
/** Another format gets another number: a file of any other is moved aside. */
export const schemaText = "weir embedding cache 1";

export function toDiskKey(key: string): Buffer {
  return Buffer.from(key, "latin1");
}

export function encodeEntry(
  key: Buffer,
  source: Float32Array,
  { from, floats, note, usedAtSeconds }: EntryParts,
): Buffer {
  const entry = Buffer.allocUnsafeSlow(headBytes + 4 * floats);
  entry.writeUInt32LE(note, 4);
  entry.writeUInt32LE(usedAtSeconds, 8);
  entry.writeUInt32LE(floats, 12);
  for (let index = 0; index < floats; index++)
    entry.writeFloatLE(source[from + index]!, headBytes + 4 * index);
  entry.writeUInt32LE(checksum(key, entry), 0);
  return entry;
}

interface EntryParts {
  /** Where in the source the vector begins, and how long it is. */
  readonly from: number;
  readonly floats: number;
  readonly note: number;
  readonly usedAtSeconds: number;
}

/** Whether an entry is as it was written, under the key it was written under. */
export function isSound(key: Buffer, entry: Buffer): boolean {
  return (
    entry.length >= headBytes &&
    entry.length === headBytes + 4 * entry.readUInt32LE(12) &&
    entry.readUInt32LE(0) === checksum(key, entry)
  );
}

/** Copies the vector of a sound entry to its place and returns its note; `missing` where it is of another length. */
export function readEntry(entry: Buffer, target: Float32Array, at: number, floats: number): number {
  if (entry.readUInt32LE(12) !== floats) return missing;
  const bytes = new Uint8Array(target.buffer, target.byteOffset + 4 * at, 4 * floats);
  bytes.set(entry.subarray(headBytes, headBytes + 4 * floats));
  // Memory has the host's order, files have one.
  if (!isLittleEndian) Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).swap32();
  return entry.readUInt32LE(4);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export function lastUseOf(entry: Buffer): number {
  return entry.length < headBytes ? 0 : entry.readUInt32LE(8);
}

/** The same entry, of use now. */
export function renewEntry(key: Buffer, entry: Buffer, usedAtSeconds: number): Buffer {
  const renewed = Buffer.from(entry);
  renewed.writeUInt32LE(usedAtSeconds, 8);
  renewed.writeUInt32LE(checksum(key, renewed), 0);
  return renewed;
}

function checksum(key: Buffer, entry: Buffer): number {
  return crc32(entry.subarray(4), crc32(key));
}
