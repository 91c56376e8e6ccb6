import { CarriedBytes, mostCarriedBytes } from "./carried-bytes.ts";
import type { EventReader, EventSink } from "./event-sink.ts";
import { indexOfByte } from "./index-of-byte.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const colon = 0x3a;
const letterD = 0x64;
const letterE = 0x65;
const breakBytes: Uint8Array = Uint8Array.of(lineFeed);
const dataName: Uint8Array = new TextEncoder().encode("data");
const eventName: Uint8Array = new TextEncoder().encode("event");
const errorWord: Uint8Array = new TextEncoder().encode("error");

/**
 * Server-sent events, of which the data is all that counts. An event is complete with its empty line, as the
 * specification has it; one that the stream ends in the middle of is never given. Lines end with LF or CRLF: CR alone,
 * which no model server sends, is white space. Fields other than `data` and `event` are skipped, but for llama.cpp's
 * field `error`, whose value is given as an error.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseReader implements EventReader {
  readonly #sink: EventSink;
  readonly #line = new CarriedBytes();
  readonly #data = new CarriedBytes();
  #hasData = false;
  #isError = false;
  #begun = false;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  begin(): void {
    this.#line.clear();
    this.#begun = false;
    this.#clearEvent();
  }

  push(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    for (;;) {
      const place = indexOfByte(bytes, lineFeed, at, end);
      if (place === end) break;
      const lineStart = at;
      at = place + 1;
      let taken: number;
      // However a line is cut, what is too long for one cut in two is too long.
      if (place - lineStart > mostCarriedBytes) return false;
      if (this.#line.length === 0) taken = this.#takeLine(bytes, lineStart, place, bytes, at, end);
      else {
        if (!this.#line.append(bytes, lineStart, place)) return false;
        const { bytes: line, length } = this.#line;
        this.#line.clear();
        taken = this.#takeLine(line, 0, length, bytes, at, end);
      }
      if (taken < 0) return false;
      at += taken;
    }
    return at === end || this.#line.append(bytes, at, end);
  }

  end(): void {
    this.begin();
  }

  /**
   * Takes a line, whose break is not in it. What follows it in this read is `rest[at, end)`: where that begins with the
   * empty line that completes the event, the data need not be kept. Gives how many bytes of the rest it took with it,
   * -1 where there is too much to keep.
   */
  #takeLine(
    line: Uint8Array,
    lineStart: number,
    lineEnd: number,
    rest: Uint8Array,
    at: number,
    end: number,
  ): number {
    let start = lineStart;
    if (!this.#begun) {
      this.#begun = true;
      if (line[start] === 0xef && line[start + 1] === 0xbb && line[start + 2] === 0xbf) start += 3;
    }
    const last = lineEnd > start && line[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    if (last === start) {
      this.#completeEvent();
      return 0;
    }
    const first = line[start];
    if (first === letterD) {
      const value = valueOf(dataName, line, start, last);
      return value === -1 ? 0 : this.#takeData(line, value, last, rest, at, end);
    }
    if (first === letterE) {
      const error = valueOf(errorWord, line, start, last);
      const event = valueOf(eventName, line, start, last);
      if (error !== -1) {
        this.#isError = true;
        return this.#takeData(line, error, last, rest, at, end);
      }
      if (event !== -1) this.#isError = last - event === 5 && beginsWith(errorWord, line, event);
    }
    return 0;
  }

  #takeData(
    line: Uint8Array,
    start: number,
    last: number,
    rest: Uint8Array,
    at: number,
    end: number,
  ): number {
    if (!this.#hasData) {
      const blank = at < end && rest[at] === carriageReturn ? at + 1 : at;
      if (blank < end && rest[blank] === lineFeed) {
        const isError = this.#isError;
        this.#isError = false;
        this.#sink.onEvent(line, start, last, isError);
        return blank + 1 - at;
      }
    } else if (!this.#data.append(breakBytes, 0, 1)) return -1;
    this.#hasData = true;
    return this.#data.append(line, start, last) ? 0 : -1;
  }

  #completeEvent(): void {
    const { bytes, length } = this.#data;
    const complete = this.#hasData;
    const isError = this.#isError;
    this.#clearEvent();
    if (complete) this.#sink.onEvent(bytes, 0, length, isError);
  }

  #clearEvent(): void {
    this.#data.clear();
    this.#hasData = false;
    this.#isError = false;
  }
}

/** Where the value of a line begins whose field has this name; -1 where it has another. */
function valueOf(name: Uint8Array, line: Uint8Array, start: number, end: number): number {
  const after = start + name.length;
  if (after > end || !beginsWith(name, line, start)) return -1;
  if (after === end) return end;
  if (line[after] !== colon) return -1;
  return after + 1 < end && line[after + 1] === space ? after + 2 : after + 1;
}

function beginsWith(name: Uint8Array, line: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index += 1) if (line[start + index] !== name[index]) return false;
  return true;
}
