import { once } from "node:events";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";

/** A piece of a body: bytes in memory, or a file of a size that was looked up before. */
export type BodyPiece =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string; readonly bytes: number };

/** A body that is read from its files while it is sent, so that it costs no more memory than one block. */
export interface StreamedBody {
  /** The exact length, for Content-Length. */
  readonly bytes: number;
  readonly pieces: readonly BodyPiece[];
}

const blockBytes = 64 * 1024;

/** Bytes of a piece, wherever they are. */
function pieceBytes(piece: BodyPiece): number {
  return piece.kind === "file" ? piece.bytes : piece.bytes.length;
}

export function createStreamedBody(pieces: readonly BodyPiece[]): StreamedBody {
  return { bytes: pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0), pieces };
}

/**
 * Writes a body as fast as `sink` takes it, and no faster. Rejects where a file cannot be read or is no longer as long
 * as it was, and when the signal fires; `sink` is not ended.
 */
export async function writeStreamedBody(
  body: StreamedBody,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  for (const piece of body.pieces) {
    signal.throwIfAborted();
    if (piece.kind === "bytes") await write(piece.bytes, sink, signal);
    else await writeFile(piece.path, piece.bytes, sink, signal);
  }
}

async function writeFile(path: string, bytes: number, sink: Writable, signal: AbortSignal): Promise<void> {
  const file = await open(path, "r");
  try {
    let left = bytes;
    while (left > 0) {
      signal.throwIfAborted();
      // A block of its own each time: the socket may hold on to it until the kernel has taken it.
      const block = new Uint8Array(Math.min(blockBytes, left));
      const { bytesRead } = await file.read(block, 0, block.length);
      if (bytesRead === 0)
        throw new Error(
          `${path} has become shorter: expected ${bytes} bytes, got ${bytes - left}. Leave the files alone while a run goes.`,
        );
      left -= bytesRead;
      await write(block.subarray(0, bytesRead), sink, signal);
    }
  } finally {
    await file.close();
  }
}

async function write(bytes: Uint8Array, sink: Writable, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!sink.write(bytes)) await once(sink, "drain", { signal });
}
