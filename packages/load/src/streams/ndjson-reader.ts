import { CarriedBytes, mostCarriedBytes } from "./carried-bytes.ts";
import type { EventReader, EventSink } from "./event-sink.ts";
import { indexOfByte } from "./index-of-byte.ts";

const lineFeed = 0x0a;
const lastBlank = 0x20;

/** Newline-delimited JSON: a line is an event, also the last one where no line break ends it. */
export class NdjsonReader implements EventReader {
  readonly #sink: EventSink;
  readonly #line = new CarriedBytes();

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  begin(): void {
    this.#line.clear();
  }

  push(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    for (;;) {
      const place = indexOfByte(bytes, lineFeed, at, end);
      if (place === end) break;
      if (place - at > mostCarriedBytes) return false;
      if (this.#line.length === 0) this.#give(bytes, at, place);
      else {
        if (!this.#line.append(bytes, at, place)) return false;
        this.end();
      }
      at = place + 1;
    }
    return at === end || this.#line.append(bytes, at, end);
  }

  end(): void {
    const { bytes, length } = this.#line;
    this.#line.clear();
    this.#give(bytes, 0, length);
  }

  #give(bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    let to = end;
    while (from < to && bytes[from]! <= lastBlank) from += 1;
    while (from < to && bytes[to - 1]! <= lastBlank) to -= 1;
    if (from < to) this.#sink.onEvent(bytes, from, to, false);
  }
}
