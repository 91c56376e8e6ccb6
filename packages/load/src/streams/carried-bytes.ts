/** Longest line or event of a stream that is kept until its rest comes. */
export const mostCarriedBytes: number = 8 * 1024 * 1024;

/** Bytes kept from one read of a socket to the next. The memory is used again and again. */
export class CarriedBytes {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** May be longer than {@link CarriedBytes.length}; another one after each append. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** False, and nothing is appended, where it would be more than {@link mostCarriedBytes}. */
  append(bytes: Uint8Array, start: number, end: number): boolean {
    const needed = this.#length + end - start;
    if (needed > mostCarriedBytes) return false;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 512));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    // A loop is faster than a view and a copy for the few bytes that a cut leaves over.
    if (end - start < 64)
      for (let from = start, to = this.#length; from < end; from += 1, to += 1)
        this.#bytes[to] = bytes[from]!;
    else this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length = needed;
    return true;
  }
}
