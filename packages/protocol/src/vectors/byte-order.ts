const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns float32 bytes between the host's order and the wire's, which is little-endian. Works in place, both ways. */
export function swapToWireOrder(bytes: Buffer): Buffer {
  return hostIsLittleEndian ? bytes : bytes.swap32();
}

/** The values' bytes in the wire's order. Shares memory with `values` where the host has that order too. */
export function toWireBytes(values: Float32Array): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return hostIsLittleEndian ? bytes : Buffer.from(bytes).swap32();
}
