import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

const lineBreak = Buffer.from("\r\n");

/**
 * Writes frames of a streamed answer, each as one HTTP chunk. The chunk is framed here and goes straight to the socket:
 * `response.write` puts it off to the next tick and in several pieces, and what is timed here is the write itself.
 */
export class FrameWriter {
  readonly #response: ServerResponse;
  /** Undefined where Node has to write: no chunks (HTTP/1.0), or behind another answer (pipelining). */
  readonly #socket: Socket | undefined;

  /** Sends the head, with the first frame where there is one. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, first: Uint8Array) {
    this.#response = response;
    const { socket } = response;
    socket?.cork();
    response.writeHead(200, { ...headers, "cache-control": "no-cache" });
    response.flushHeaders();
    this.#socket = socket !== null && response.chunkedEncoding ? socket : undefined;
    if (first.length > 0) this.write(toChunk(first));
    socket?.uncork();
  }

  /** The bytes of a frame as they are to be written. */
  toBytes(frame: Uint8Array): Uint8Array {
    return this.#socket === undefined ? frame : toChunk(frame);
  }

  /** Whether the system took the bytes at once; false where the client reads too slowly. */
  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    if (this.#socket === undefined) return this.#response.write(bytes);
    this.#socket.write(bytes);
    return this.#socket.writableCorked > 0 || this.#socket.writableLength === 0;
  }

  /** Writes the last bytes and ends the answer in one go. */
  end(bytes: Uint8Array): void {
    this.#socket?.cork();
    this.write(bytes);
    this.#response.end();
    this.#socket?.uncork();
  }

  /** Cuts the connection in the middle of the answer, once what was written has left. */
  cut(): void {
    const { socket } = this.#response;
    if (socket === null) this.#response.destroy();
    else socket.destroySoon();
  }
}

function toChunk(frame: Uint8Array): Buffer {
  const head = Buffer.from(`${frame.length.toString(16)}\r\n`, "latin1");
  return Buffer.concat([head, frame, lineBreak], head.length + frame.length + 2);
}
