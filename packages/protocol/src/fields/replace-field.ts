const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * A JSON object's bytes with another value for one of its own fields, every other byte as it was; a field that is not
 * there is put first. `body` has to be valid JSON, an object.
 */
export function replaceField(body: Uint8Array, name: string, value: string): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const written = Buffer.from(JSON.stringify(value));
  const start = bytes.indexOf(openBrace) + 1;
  const pieces: Uint8Array[] = [];
  let copied = 0;
  let at = skipSpace(bytes, start);
  while (bytes[at] === quote) {
    const keyEnd = skipString(bytes, at);
    const valueAt = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const valueEnd = skipValue(bytes, valueAt);
    // Keys may be written with escapes. A field that is there twice is replaced twice: readers differ in which counts.
    if (JSON.parse(bytes.toString("utf8", at, keyEnd)) === name) {
      pieces.push(bytes.subarray(copied, valueAt), written);
      copied = valueEnd;
    }
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1);
  }
  if (pieces.length > 0) return Buffer.concat([...pieces, bytes.subarray(copied)]);
  const separator = bytes[skipSpace(bytes, start)] === closeBrace ? "" : ",";
  const field = Buffer.from(`${JSON.stringify(name)}:${written.toString()}${separator}`);
  return Buffer.concat([bytes.subarray(0, start), field, bytes.subarray(start)]);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

/** `from` is its opening quote. Returns what follows the closing one. */
function skipString(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(quote, from + 1); at !== -1; at = bytes.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return bytes.length;
}

function skipValue(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length;) {
    const byte = bytes[at]!;
    if (byte === quote) {
      at = skipString(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      // Of the object around a number or a word.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === comma || isSpace(byte))) return at;
    at += 1;
  }
  return bytes.length;
}
