import type { FileHandle } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { createTextChunker, type ChunkOptions } from "./chunk-text.ts";

export interface ReadChunksOptions extends ChunkOptions {
  /** Stop reading after this many chunks. */
  readonly maxChunks: number;
}

const pieceBytes = 64 * 1024;

/**
 * The first chunks of a text file, read piece by piece: a large file costs no more memory than its chunks, and others have
 * their turn between the pieces.
 */
export async function readChunks(
  file: FileHandle,
  options: ReadChunksOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { maxChunks } = options;
  const chunker = createTextChunker(options);
  const decoder = new StringDecoder("utf8");
  const piece = Buffer.alloc(pieceBytes);
  const chunks: string[] = [];
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, pieceBytes, null);
    const atEnd = bytesRead === 0;
    const text = atEnd ? decoder.end() : decoder.write(piece.subarray(0, bytesRead));
    for (const chunk of chunker.push(text)) chunks.push(chunk);
    if (atEnd) chunks.push(...chunker.end());
    if (atEnd || chunks.length >= maxChunks) return chunks.slice(0, maxChunks);
  }
}
