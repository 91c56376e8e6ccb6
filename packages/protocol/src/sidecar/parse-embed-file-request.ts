import {
  readBody,
  readBoolean,
  readRequiredString,
  readWholeNumber,
  unexpected,
} from "../fields/read-fields.ts";

/** A file of the server's own machine to be cut into chunks, each of them embedded. */
export interface EmbedFileRequest {
  /** As the client wrote it. Whether it lies below an allowed root is the server's to decide. */
  readonly path: string;
  /** Longest chunk in characters (UTF-16 units). Whole number >= 1. */
  readonly chunkChars: number;
  /** How many characters of a chunk the next one repeats. Whole number from 0 to `chunkChars - 1`. */
  readonly overlapChars: number;
  /** Stop after so many chunks; undefined for all of the file. */
  readonly maxChunks: number | undefined;
  readonly normalize: boolean;
}

const defaultChunkChars = 1_000;

/** POST /embed-file. Throws INVALID_REQUEST that names the field. */
export function parseEmbedFileRequest(body: unknown): EmbedFileRequest {
  const fields = readBody(body);
  const chunkChars = readWholeNumber(fields, "chunk_size", 1) ?? defaultChunkChars;
  const overlapChars = readWholeNumber(fields, "chunk_overlap", 0) ?? 0;
  if (overlapChars >= chunkChars) {
    const expected = `a whole number below chunk_size (${chunkChars})`;
    throw unexpected(
      "chunk_overlap",
      expected,
      overlapChars,
      "Chunks would never get to the end of the file.",
    );
  }
  return {
    path: readRequiredString(fields, "path", "Name a file below one of the roots that the server allows."),
    chunkChars,
    overlapChars,
    maxChunks: readWholeNumber(fields, "max_chunks", 1),
    normalize: readBoolean(fields, "normalize", true),
  };
}
