/** Longest body that is taken: what was asked for has an end long before, and an endless one must not fill the memory. */
export const longestAnswerBytes: number = 64 * 1024 * 1024;
/** What is kept of a refusal: enough for any message a server may have. */
const keptOfRefusalBytes = 64 * 1024;
/** What a report shows of it. */
const shownBytes = 2048;
/** A larger block is given back when the answers that follow no longer need it. */
const largestIdleBytes = 1024 * 1024;

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
    if (this.#bytes.length > largestIdleBytes && this.#length < this.#bytes.length / 4)
      this.#bytes = new Uint8Array(0);
    this.#length = 0;
    this.#total = 0;
    this.#limit = keep === "all" ? longestAnswerBytes : keep === "start" ? keptOfRefusalBytes : 0;
  }

  /** False where a body of which something is kept has become longer than {@link longestAnswerBytes}. */
  append(bytes: Uint8Array, start: number, end: number): boolean {
    this.#total += end - start;
    const take = Math.min(end - start, this.#limit - this.#length);
    if (take <= 0) return this.#limit === 0 || this.#total <= longestAnswerBytes;
    const needed = this.#length + take;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)));
      larger.set(this.kept);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, start + take), this.#length);
    this.#length = needed;
    return this.#total <= longestAnswerBytes;
  }

  /** The beginning of what was kept, as text. */
  startText(): string {
    return Buffer.from(this.#bytes.buffer, 0, Math.min(this.#length, shownBytes)).toString("utf8");
  }
}
