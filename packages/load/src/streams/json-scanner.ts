import type { JsonShape } from "./json-shape.ts";
import { mostSpans } from "./event-template.ts";
import { skipBlanks, skipString, skipValue, unreadable } from "./skip-json.ts";

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const zero = 0x30;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const lastBlank = 0x20;
// Digits that a double holds exactly.
const mostDigits = 15;

/**
 * Finds what a {@link JsonShape} names in JSON texts, in one pass over their bytes: no strings, no objects, no garbage.
 * It is no validator: of what it skips it only finds the end, so some texts pass that are no JSON, such as a number with
 * two points, brackets of different kinds that close each other, or control characters in strings.
 */
export class JsonScanner {
  /** Flags set by the last text. */
  flags = 0;
  /** Numbers by their place, not a number where none came. They stay from text to text until {@link JsonScanner.begin}. */
  readonly numbers: Float64Array;
  /**
   * Where the last text has strings that decide nothing, or nothing but by being empty: start and end by turns, from the
   * text's start on, without their quotes.
   */
  readonly spans: Int32Array = new Int32Array(2 * mostSpans);
  spanCount = 0;
  readonly #shape: JsonShape;
  #start = 0;

  constructor(shape: JsonShape, places: number) {
    this.#shape = shape;
    this.numbers = new Float64Array(places).fill(Number.NaN);
  }

  begin(): void {
    this.numbers.fill(Number.NaN);
  }

  /** Scans the text in `bytes[start, end)`. False where it is not JSON as far as it was looked at. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.flags = 0;
    this.spanCount = 0;
    this.#start = start;
    const at = skipBlanks(bytes, start, end);
    const after = this.#walk(this.#shape, bytes, at, end);
    return after !== unreadable && skipBlanks(bytes, after, end) === end;
  }

  // Each of these gives the place after the value that begins at `at`, or `unreadable`.
  #walk(shape: JsonShape, bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at];
    switch (shape.kind) {
      case "members":
        return first === openBrace ? this.#walkMembers(shape, bytes, at + 1, end) : skipValue(bytes, at, end);
      case "items":
        return first === openBracket
          ? this.#walkItems(shape.item, bytes, at + 1, end)
          : skipValue(bytes, at, end);
      case "filled":
        if (first === quote) {
          if (bytes[at + 1] !== quote) this.flags |= shape.flag;
          return this.#skipSpan(bytes, at, end);
        }
        if (first === openBrace || first === openBracket) {
          const inside = bytes[skipBlanks(bytes, at + 1, end)];
          if (inside !== closeBrace && inside !== closeBracket) this.flags |= shape.flag;
        }
        return skipValue(bytes, at, end);
      case "truthy": {
        const after = skipValue(bytes, at, end);
        if (isTruthy(bytes, at, after)) this.flags |= shape.flag;
        return after;
      }
      case "word": {
        const after = skipValue(bytes, at, end);
        if (first === quote)
          for (const { text, flag } of shape.words)
            if (isText(text, bytes, at + 1, after - 1)) this.flags |= flag;
        return after;
      }
      case "number": {
        const after = skipValue(bytes, at, end);
        if (after !== unreadable) this.#noteNumber(shape.place, bytes, at, after);
        return after;
      }
    }
  }

  #walkMembers(
    { byLength }: Extract<JsonShape, { kind: "members" }>,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    let at = skipBlanks(bytes, start, end);
    if (bytes[at] === closeBrace) return at < end ? at + 1 : unreadable;
    for (;;) {
      if (at >= end || bytes[at] !== quote) return unreadable;
      const nameStart = at + 1;
      at = skipString(bytes, nameStart, end);
      if (at === unreadable) return unreadable;
      const nameEnd = at - 1;
      if (bytes[at]! <= lastBlank) at = skipBlanks(bytes, at, end);
      if (at >= end || bytes[at] !== colon) return unreadable;
      at += 1;
      if (bytes[at]! <= lastBlank) at = skipBlanks(bytes, at, end);
      const candidates = byLength[nameEnd - nameStart];
      let shape: JsonShape | undefined;
      if (candidates !== undefined)
        for (const candidate of candidates)
          if (isText(candidate.name, bytes, nameStart, nameEnd)) shape = candidate.shape;
      if (shape !== undefined) at = this.#walk(shape, bytes, at, end);
      else at = bytes[at] === quote ? this.#skipSpan(bytes, at, end) : skipValue(bytes, at, end);
      if (at === unreadable) return unreadable;
      if (bytes[at]! <= lastBlank) at = skipBlanks(bytes, at, end);
      if (at >= end) return unreadable;
      if (bytes[at] === closeBrace) return at + 1;
      if (bytes[at] !== comma) return unreadable;
      at = skipBlanks(bytes, at + 1, end);
    }
  }

  #walkItems(item: JsonShape, bytes: Uint8Array, start: number, end: number): number {
    let at = skipBlanks(bytes, start, end);
    if (bytes[at] === closeBracket) return at < end ? at + 1 : unreadable;
    for (;;) {
      at = this.#walk(item, bytes, at, end);
      if (at === unreadable) return unreadable;
      at = skipBlanks(bytes, at, end);
      if (at >= end) return unreadable;
      if (bytes[at] === closeBracket) return at + 1;
      if (bytes[at] !== comma) return unreadable;
      at = skipBlanks(bytes, at + 1, end);
    }
  }

  #skipSpan(bytes: Uint8Array, at: number, end: number): number {
    const after = skipString(bytes, at + 1, end);
    if (after !== unreadable && this.spanCount < mostSpans) {
      this.spans[2 * this.spanCount] = at + 1 - this.#start;
      this.spans[2 * this.spanCount + 1] = after - 1 - this.#start;
      this.spanCount += 1;
    }
    return after;
  }

  #noteNumber(place: number, bytes: Uint8Array, start: number, end: number): void {
    let value = 0;
    let at = start;
    for (; at < end && at - start < mostDigits; at += 1) {
      const digit = bytes[at]! - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at < end) {
      value = Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"));
      if (bytes[start] === quote || Number.isNaN(value) || bytes[start] === 0x6e) return;
    }
    const before = this.numbers[place]!;
    if (!(before >= value)) this.numbers[place] = value;
  }
}

function isText(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) if (bytes[start + index] !== text[index]) return false;
  return true;
}

function isTruthy(bytes: Uint8Array, start: number, end: number): boolean {
  switch (bytes[start]) {
    case 0x6e: // null
    case 0x66: // false
      return false;
    case quote:
      return end - start > 2;
    case openBrace:
    case openBracket:
      return skipBlanks(bytes, start + 1, end) < end - 1;
    case 0x74: // true
      return true;
    default:
      return (
        Number(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1")) !== 0
      );
  }
}
