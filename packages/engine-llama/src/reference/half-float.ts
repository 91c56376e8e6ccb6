const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The bits of a number >= 0 as a half-precision float, rounded down; normal range only: 6.2e-5 to 65,504, or 0. */
export function toHalfBits(value: number): number {
  single[0] = value;
  const exponent = (bits[0]! >>> 23) - 112;
  if (exponent <= 0) return 0;
  return (exponent << 10) | ((bits[0]! >>> 13) & 0x3ff);
}
