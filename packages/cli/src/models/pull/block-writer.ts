import type { Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** Network pieces are small, and each write is a trip to another thread. */
const blockBytes = 1024 * 1024;

/** Writes pieces one after the other in larger blocks, and feeds them to a hash. */
export class BlockWriter {
  readonly #handle: FileHandle;
  readonly #hash: Hash | undefined;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  #at: number;

  /** @param at where the first byte goes */
  constructor(handle: FileHandle, at: number, hash: Hash | undefined) {
    this.#handle = handle;
    this.#at = at;
    this.#hash = hash;
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes >= blockBytes) await this.flush();
  }

  /** Writes what is held. */
  async flush(): Promise<void> {
    const block = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#heldBytes = 0;
    this.#hash?.update(block);
    for (let written = 0; written < block.length;) {
      const { bytesWritten } = await this.#handle.write(block, written, block.length - written, this.#at);
      written += bytesWritten;
      this.#at += bytesWritten;
    }
  }
}
