const space = 0x20;
const tab = 0x09;
const colon = 0x3a;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The status and header section of one answer, as a view of the bytes it came in: valid only until the callback that
 * hands it over returns. One object serves all answers of a connection.
 */
export class ResponseHead {
  status = 0;
  /** 0 or 1: the 1 of HTTP/1.1. */
  minorVersion = 1;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Points the view at the header lines (status line excluded) in `bytes[start, end)`. */
  setLines(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /**
   * The value of the first header of this name, without the white space around it; undefined where there is none. A
   * value on several lines is given as one.
   * @param name in lower case
   */
  find(name: string): string | undefined {
    const bytes = this.#bytes;
    let at = this.#start;
    while (at < this.#end) {
      const lineEnd = endOfLine(bytes, at, this.#end);
      if (nameMatches(bytes, at, lineEnd, name)) return textOf(bytes, at + name.length + 1, lineEnd);
      at = lineEnd + 1;
    }
    return undefined;
  }
}

/** Whether the line at `start` begins with this name, in any case, and a colon. `name` in lower case. */
export function nameMatches(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  const { length } = name;
  if (start + length >= end || bytes[start + length] !== colon) return false;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[start + index]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
    if (lower !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** Bytes `[start, end)` as Latin-1 text, without white space and line ends around it. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from]!)) from += 1;
  while (to > from && isBlank(bytes[to - 1]!)) to -= 1;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
  return text.includes("\n") ? text.replace(/[\t ]*\r?\n[\t ]+/g, " ") : text;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn || byte === lineFeed;
}

function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    while (at < end && bytes[at] !== lineFeed) at += 1;
    const next = bytes[at + 1];
    if (at + 1 >= end || (next !== space && next !== tab)) return at;
    at += 1;
  }
}
