import { AnswerGarbage } from "./answer-garbage.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const longestLine = 1_024;
/** More than any chunk is; what is above that is no length. */
const mostHexDigits = 8;

/** Takes the framing off a chunked body. Source: RFC 9112, 7.1. */
export class ChunkReader {
  /** What of the framing is next: a chunk's size, its bytes, the line break behind it, or the trailers. */
  #next: "size" | "data" | "break" | "trailers" = "size";
  #left = 0;
  /** The beginning of a line that was cut. */
  #line = "";
  isOver = false;
  /** Nothing came behind the end. */
  isClean = true;

  /** The last bytes that were pushed, framing and all, where they were one whole chunk, as servers send a frame; bytes of its own. */
  framed: Buffer | undefined;

  /** What these bytes have of the body, as bytes of their own; undefined where that is nothing. */
  push(bytes: Buffer): Buffer | undefined {
    const start = this.#next === "size" && this.#line === "" ? findWholeChunk(bytes) : 0;
    if (start === 0) {
      this.framed = undefined;
      return this.#pushParts(bytes);
    }
    const own = Buffer.allocUnsafe(bytes.length);
    own.set(bytes);
    this.framed = own;
    return own.subarray(start, own.length - 2);
  }

  #pushParts(bytes: Buffer): Buffer | undefined {
    let only: Buffer | undefined;
    let pieces: Buffer[] | undefined;
    let at = 0;
    while (at < bytes.length && !this.isOver) {
      if (this.#next === "data") {
        const end = Math.min(bytes.length, at + this.#left);
        const piece = bytes.subarray(at, end);
        if (only === undefined) only = piece;
        else (pieces ??= [only]).push(piece);
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#next = "break";
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    if (at < bytes.length) this.isClean = false;
    if (pieces !== undefined) return Buffer.concat(pieces);
    return only === undefined ? undefined : Buffer.from(only);
  }

  #readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(lineFeed, at);
    if (end < 0) {
      this.#line += bytes.toString("latin1", at);
      if (this.#line.length > longestLine) throw new AnswerGarbage("sent a chunk without a length");
      return bytes.length;
    }
    const textEnd = end > at && bytes[end - 1] === carriageReturn ? end - 1 : end;
    if (this.#line === "") this.#endLine(bytes, at, textEnd);
    else {
      const whole = Buffer.from(
        `${this.#line}${bytes.toString("latin1", at, textEnd)}`.replace(/\r$/, ""),
        "latin1",
      );
      this.#line = "";
      this.#endLine(whole, 0, whole.length);
    }
    return end + 1;
  }

  #endLine(bytes: Buffer, from: number, to: number): void {
    switch (this.#next) {
      case "size":
        this.#left = parseSize(bytes, from, to);
        this.#next = this.#left === 0 ? "trailers" : "data";
        return;
      case "break":
        if (from !== to) throw new AnswerGarbage("sent a chunk that is longer than it says");
        this.#next = "size";
        return;
      default:
        this.isOver = from === to;
    }
  }
}

/** Where the data begins of bytes that are one whole chunk with nothing but its size before it; 0 of all others. */
function findWholeChunk(bytes: Buffer): number {
  const { length } = bytes;
  let size = 0;
  let at = 0;
  for (; at < mostHexDigits; at += 1) {
    const digit = toDigit(bytes[at]!);
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  const isWhole =
    size > 0 &&
    length === at + size + 4 &&
    bytes[at] === carriageReturn &&
    bytes[at + 1] === lineFeed &&
    bytes[length - 2] === carriageReturn &&
    bytes[length - 1] === lineFeed;
  return isWhole ? at + 2 : 0;
}

function toDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Without a text in between: it is done for every chunk. */
function parseSize(bytes: Buffer, from: number, to: number): number {
  let size = 0;
  let at = from;
  for (; at < to; at += 1) {
    const digit = toDigit(bytes[at]!);
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  // An extension may follow.
  const ends = at === to || bytes[at] === 0x3b || bytes[at] === 0x20 || bytes[at] === 0x09;
  if (at === from || at - from > mostHexDigits || !ends)
    throw new AnswerGarbage("sent a chunk without a length");
  return size;
}
