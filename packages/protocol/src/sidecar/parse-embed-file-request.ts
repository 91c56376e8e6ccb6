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
  /** Longest chunk in characters (UTF-16 units). Whole number from 1 to 200,000. */
  readonly chunkChars: number;
  /** How many characters of a chunk the next one repeats. Whole number from 0 to `chunkChars - 1`. */
  readonly overlapChars: number;
  /** Stop after so many chunks; undefined for all of the file. */
  readonly maxChunks: number | undefined;
  readonly normalize: boolean;
}

const defaultChunkChars = 1_000;
/** More than any embedding model reads of a text. */
const maxChunkChars = 200_000;

/** POST /embed-file. Throws INVALID_REQUEST that names the field. */
export function parseEmbedFileRequest(body: unknown): EmbedFileRequest {
  const fields = readBody(body);
  const chunkChars = readWholeNumber(fields, "chunk_size", 1) ?? defaultChunkChars;
  if (chunkChars > maxChunkChars) {
    const next = "No model reads more of a text: use smaller chunks.";
    throw unexpected("chunk_size", `a whole number from 1 to ${maxChunkChars}`, chunkChars, next);
  }
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
