import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import { createTextChunker, type ChunkOptions } from "./chunk-text.ts";

export interface ReadChunksOptions extends ChunkOptions {
  /** Stop reading after this many chunks. */
  readonly maxChunks: number;
}

/** The first chunks of a text file, read as a stream: a large file costs no more memory than its chunks. */
export async function readChunks(
  path: string,
  options: ReadChunksOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { maxChunks } = options;
  if (!(await stat(path)).isFile())
    throw new WeirError("INVALID_REQUEST", "path is not a file", { field: "path" });
  const chunker = createTextChunker(options);
  const chunks: string[] = [];
  // With an encoding set, the stream keeps characters whole that its reads cut.
  for await (const piece of createReadStream(path, { encoding: "utf8", signal })) {
    chunks.push(...chunker.push(piece as string));
    if (chunks.length >= maxChunks) return chunks.slice(0, maxChunks);
  }
  chunks.push(...chunker.end());
  return chunks.slice(0, maxChunks);
}
