/*
 * Writes Protocol Buffers messages: https://protobuf.dev/programming-guides/encoding/. Each function gives the bytes of
 * one field, its number in front; a message is its fields one after another.
 */

const encoder = new TextEncoder();

export function encodeVarint(value: number): Uint8Array {
  if (value < 0) return encodeNegative(value);
  const bytes: number[] = [];
  // Division, not shifts: sizes go beyond 31 bits.
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Two's complement in 64 bits, always ten bytes. */
function encodeNegative(value: number): Uint8Array {
  const bits = BigInt.asUintN(64, BigInt(value));
  return Uint8Array.from({ length: 10 }, (_, index) => {
    const seven = Number((bits >> BigInt(7 * index)) & 0x7fn);
    return index === 9 ? seven : seven + 0x80;
  });
}

/** A whole number. */
export function encodeNumber(field: number, value: number): Uint8Array {
  return joinBytes([encodeVarint(field * 8), encodeVarint(value)]);
}

export function encodeFloat(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([encodeVarint(field * 8 + 5), bytes]);
}

/** What goes before the contents of a text, of bytes or of a message that are `length` bytes long. */
export function encodeHeader(field: number, length: number): Uint8Array {
  return joinBytes([encodeVarint(field * 8 + 2), encodeVarint(length)]);
}

export function encodeText(field: number, text: string): Uint8Array {
  return encodeMessage(field, [encoder.encode(text)]);
}

export function encodeMessage(field: number, parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes([encodeHeader(field, sumLengths(parts)), ...parts]);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(sumLengths(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function sumLengths(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
