import { AnswerGarbage } from "./answer-garbage.ts";

export type Framing = "sse" | "ndjson";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const mostHeldBytes = 16 * 1024 * 1024;

/**
 * Lets the bytes of a stream through up to the end of a frame, and holds the rest until that has come: so whatever happens to the
 * server, what its client has are whole frames, behind which an error's can stand. A client has no use for a part of one.
 */
export class FrameGate {
  readonly #framing: Framing;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** What may go on; the very bytes, where they end with a frame. Throws AnswerGarbage for a frame without an end. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#heldBytes === 0 && this.#endsFrame(bytes, bytes.length)) return bytes;
    if (bytes.indexOf(lineFeed) < 0) {
      this.#hold(bytes);
      return undefined;
    }
    const all = this.#heldBytes === 0 ? bytes : this.takeHeld(bytes);
    let end = all.length;
    // A negative place would be counted from the end.
    while (end > 0 && !this.#endsFrame(all, end)) end = end < 2 ? 0 : all.lastIndexOf(lineFeed, end - 2) + 1;
    if (end < all.length) this.#hold(all.subarray(end));
    return end === 0 ? undefined : all.subarray(0, end);
  }

  /** What was held, and further bytes. */
  takeHeld(further: Uint8Array = new Uint8Array()): Uint8Array {
    const all = Buffer.concat([...this.#held, further]);
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }

  #hold(bytes: Uint8Array): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > mostHeldBytes) {
      throw new AnswerGarbage(`sent more than ${mostHeldBytes} bytes without the end of a frame`);
    }
    this.#held.push(bytes);
  }

  #endsFrame(bytes: Uint8Array, end: number): boolean {
    if (bytes[end - 1] !== lineFeed) return false;
    if (this.#framing === "ndjson") return true;
    const before = bytes[end - 2];
    return before === lineFeed || (before === carriageReturn && bytes[end - 3] === lineFeed);
  }
}
