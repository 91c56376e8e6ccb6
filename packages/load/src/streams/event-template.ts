import { skipString, unreadable } from "./skip-json.ts";

/** Larger events are not learned. */
const mostBytes = 4096;
/** Most strings of an event that may differ; of more the later ones count as fixed. */
export const mostSpans = 32;
/** After so many events in a row that fit nothing learned, an answer's events are taken to be all different. */
const mostMisses = 6;

const quote = 0x22;
const shortBytes = 96;

/**
 * What the chunks of one answer have in common. They mostly differ in one or two strings: comparing the rest byte by
 * byte with what was scanned before costs a fraction of scanning it again, and tells as surely what is in it. Learned
 * from two events of which all but some strings is equal; an event fits where it differs in these strings alone and none
 * of them is empty.
 */
export class EventTemplate {
  /** Flags of every event that fits. */
  flags = 0;
  #text: Buffer = Buffer.alloc(0);
  #length = 0;
  // Places of strings in the text, start and end by turns, and which of them may differ.
  #spans = new Int32Array(2 * mostSpans);
  #spanCount = 0;
  readonly #differs = new Uint8Array(mostSpans);
  #isReady = false;
  #misses = 0;

  begin(): void {
    this.#length = 0;
    this.#isReady = false;
    this.#misses = 0;
  }

  /** Whether the event in `bytes[start, end)` is like those that were learned. */
  fits(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#isReady) return false;
    let at = start;
    let from = 0;
    for (let span = 0; span < this.#spanCount; span += 1) {
      if (this.#differs[span] === 0) continue;
      const to = this.#spans[2 * span]!;
      if (at + to - from >= end || !this.#hasText(bytes, at, from, to)) return false;
      at += to - from;
      if (bytes[at] === quote) return false;
      const after = skipString(bytes, at, end);
      if (after === unreadable) return false;
      at = after - 1;
      from = this.#spans[2 * span + 1]!;
    }
    if (end - at !== this.#length - from || !this.#hasText(bytes, at, from, this.#length)) return false;
    this.#misses = 0;
    return true;
  }

  /**
   * Learns an event that was scanned.
   * @param spans start and end of its strings that may be anything as long as they are not empty, from `start` on
   */
  learn(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    spans: Int32Array,
    spanCount: number,
  ): void {
    if (this.#misses >= mostMisses || end - start > mostBytes) return;
    this.#misses += 1;
    this.#isReady = this.#compare(bytes, start, end, flags, spans, spanCount);
    this.flags = flags;
    if (end - start > this.#text.length) this.#text = Buffer.alloc(2 * (end - start));
    this.#text.set(bytes.subarray(start, end));
    this.#length = end - start;
    this.#spans.set(spans);
    this.#spanCount = spanCount;
  }

  /** Whether this event and the one before differ in strings alone; notes in which. */
  #compare(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    spans: Int32Array,
    spanCount: number,
  ): boolean {
    if (this.#length === 0 || flags !== this.flags || spanCount !== this.#spanCount) return false;
    if (!this.#isReady) this.#differs.fill(0);
    let at = start;
    let from = 0;
    for (let span = 0; span < spanCount; span += 1) {
      const oldStart = this.#spans[2 * span]!;
      const oldEnd = this.#spans[2 * span + 1]!;
      const newStart = start + spans[2 * span]!;
      const newEnd = start + spans[2 * span + 1]!;
      if (newStart - at !== oldStart - from || !this.#hasText(bytes, at, from, oldStart)) return false;
      const same =
        newEnd - newStart === oldEnd - oldStart && this.#hasText(bytes, newStart, oldStart, oldEnd);
      if (!same && (oldStart === oldEnd || newStart === newEnd)) return false;
      if (!same) this.#differs[span] = 1;
      at = newEnd;
      from = oldEnd;
    }
    return end - at === this.#length - from && this.#hasText(bytes, at, from, this.#length);
  }

  /** Whether `bytes` from `at` on are the learned text's `[from, to)`. */
  #hasText(bytes: Uint8Array, at: number, from: number, to: number): boolean {
    const text = this.#text;
    if (to - from > shortBytes) return text.compare(bytes, at, at + to - from, from, to) === 0;
    for (let index = from, place = at; index < to; index += 1, place += 1)
      if (bytes[place] !== text[index]) return false;
    return true;
  }
}
