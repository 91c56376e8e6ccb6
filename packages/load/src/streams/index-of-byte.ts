// A search of Node's own, several times as fast as a loop; it takes any Uint8Array.
const search = Buffer.prototype.indexOf as (this: Uint8Array, byte: number, from: number) => number;

/** The first place of a byte in `bytes[start, end)`; `end` where there is none. */
export function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  if (start >= end) return end;
  const place = search.call(bytes, byte, start);
  return place === -1 || place > end ? end : place;
}
