/** What the functions here give where the text ends before the value does, or holds no value. */
export const unreadable = -1;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const lastBlank = 0x20;

/** The first place from `at` on that holds no white space. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let place = at;
  while (place < end && bytes[place]! <= lastBlank) place += 1;
  return place;
}

/** The place after a string's closing quote. `at` is after its opening one. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  let place = at;
  while (place < end) {
    const byte = bytes[place];
    if (byte === quote) return place + 1;
    place += byte === backslash ? 2 : 1;
  }
  return unreadable;
}

/** The place after the value that begins at `at`. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return unreadable;
  const first = bytes[at];
  if (first === quote) return skipString(bytes, at + 1, end);
  if (first === openBrace || first === openBracket) return skipContainer(bytes, at, end);
  let place = at;
  while (place < end && !endsLiteral(bytes[place]!)) place += 1;
  return place === at ? unreadable : place;
}

function endsLiteral(byte: number): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || byte <= lastBlank;
}

function skipContainer(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  let place = at;
  while (place < end) {
    const byte = bytes[place];
    place += 1;
    if (byte === quote) {
      place = skipString(bytes, place, end);
      if (place === unreadable) return unreadable;
    } else if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === 0) return place;
    }
  }
  return unreadable;
}
