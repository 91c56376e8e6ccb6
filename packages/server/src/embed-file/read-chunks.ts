import type { FileHandle } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { setImmediate } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { createTextChunker, type ChunkOptions } from "./chunk-text.ts";

export interface ReadChunksOptions extends ChunkOptions {
  /** Stop reading after this many chunks. */
  readonly maxChunks: number;
  /** All chunks together, in bytes of UTF-8; BODY_TOO_LARGE above. */
  readonly maxBytes: number;
  /** Told of each chunk's bytes before the next is cut; what it throws ends the reading. */
  readonly onBytes: (bytes: number) => void;
}

const pieceBytes = 16 * 1024;
/** How long others may have to wait for their turn. */
const turnMs = 2;

/** The first chunks of a text file, read piece by piece: a large file costs no more memory than its chunks. */
export async function readChunks(
  file: FileHandle,
  options: ReadChunksOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { maxChunks, maxBytes, onBytes } = options;
  const chunker = createTextChunker(options);
  const decoder = new StringDecoder("utf8");
  const piece = Buffer.alloc(pieceBytes);
  const chunks: string[] = [];
  let bytes = 0;
  for (let atEnd = false; !atEnd;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, pieceBytes, null);
    atEnd = bytesRead === 0;
    // It keeps characters whole that reads cut.
    const text = atEnd ? decoder.end() : decoder.write(piece.subarray(0, bytesRead));
    let turnEndsMs = performance.now() + turnMs;
    for (const part of atEnd ? endWith(chunker, text) : chunker.push(text)) {
      const partBytes = Buffer.byteLength(part);
      bytes += partBytes;
      if (bytes > maxBytes) throw tooLarge(chunks.length, maxBytes);
      onBytes(partBytes);
      chunks.push(part);
      if (chunks.length === maxChunks) return chunks;
      if (performance.now() < turnEndsMs) continue;
      await setImmediate();
      signal.throwIfAborted();
      turnEndsMs = performance.now() + turnMs;
    }
  }
  return chunks;
}

function* endWith(chunker: ReturnType<typeof createTextChunker>, text: string): Generator<string> {
  yield* chunker.push(text);
  yield* chunker.end();
}

function tooLarge(fitting: number, maxBytes: number): WeirError {
  const message = `the file's chunks hold more than the ${maxBytes} bytes that a request may have; set max_chunks to at most ${fitting}, or lower chunk_overlap`;
  return new WeirError("BODY_TOO_LARGE", message, { field: "max_chunks" });
}
