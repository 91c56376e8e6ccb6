/** Thrown by a reader that came to the end of what it was given. */
export class EndOfBytes extends Error {
  override readonly name = "EndOfBytes";
}

export type HeadReader = ReturnType<typeof createHeadReader>;

/** Reads little-endian values one after the other. Numbers above 2^53 lose their last bits. */
export function createHeadReader(
  bytes: Buffer,
  start: number,
): {
  offset(): number;
  skip(length: number): void;
  uint8(): number;
  uint16(): number;
  uint32(): number;
  uint64(): number;
  int64(): number;
  float32(): number;
  float64(): number;
  string(): string;
} {
  let offset = start;
  const take = (length: number): number => {
    if (length > bytes.length - offset) throw new EndOfBytes("there are no more bytes");
    offset += length;
    return offset - length;
  };
  const uint64 = (): number => Number(bytes.readBigUInt64LE(take(8)));
  return {
    offset: () => offset,
    skip: (length) => void take(length),
    uint8: () => bytes.readUInt8(take(1)),
    uint16: () => bytes.readUInt16LE(take(2)),
    uint32: () => bytes.readUInt32LE(take(4)),
    uint64,
    int64: () => Number(bytes.readBigInt64LE(take(8))),
    float32: () => bytes.readFloatLE(take(4)),
    float64: () => bytes.readDoubleLE(take(8)),
    string() {
      const length = uint64();
      const at = take(length);
      return bytes.toString("utf8", at, at + length);
    },
  };
}
