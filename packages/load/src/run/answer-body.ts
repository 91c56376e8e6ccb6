/** What is kept of a body that nobody asked for: enough for a report to show what the server said. */
const keptBytes = 2048;

/** The bytes of one answer's body, as many as are wanted. The memory is used again for the next answer. */
export class AnswerBody {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #limit = 0;
  #total = 0;

  /** All bytes that came, kept or not. */
  get totalBytes(): number {
    return this.#total;
  }

  /** What was kept, as a view that the next answer overwrites. */
  get kept(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  begin(keep: "all" | "start" | "nothing"): void {
    this.#length = 0;
    this.#total = 0;
    this.#limit = keep === "all" ? Infinity : keep === "start" ? keptBytes : 0;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.#total += end - start;
    const take = Math.min(end - start, this.#limit - this.#length);
    if (take <= 0) return;
    const needed = this.#length + take;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.kept);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, start + take), this.#length);
    this.#length = needed;
  }

  /** The beginning of what was kept, as text. */
  startText(): string {
    return Buffer.from(this.#bytes.buffer, 0, Math.min(this.#length, keptBytes)).toString("utf8");
  }
}
