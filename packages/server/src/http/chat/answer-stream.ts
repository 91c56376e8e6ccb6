import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { HoldBytes } from "../held-bytes.ts";
import type { Service } from "../service.ts";
import { DirectAnswer } from "./direct-answer.ts";

/** What a client may leave unread before it is cut. */
const mostUnreadBytes = 1024 * 1024;

/** Unread bytes are counted among those that the server holds in steps of so many. */
const heldStepBytes = 64 * 1024;

export interface AnswerStreamOptions {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly contentType: string;
  readonly service: Pick<Service, "phase">;
  readonly hold: HoldBytes;
}

/**
 * An answer that is written while it grows. Its head is sent with its first bytes: before that the request can still be
 * refused with a status. It never waits for its reader: what that does not take is kept, up to a bound, and then the connection is
 * cut, which ends the request as a client's leaving does.
 */
export class AnswerStream {
  readonly #options: AnswerStreamOptions;
  #response: ServerResponse | undefined;
  #heldBytes = 0;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#response !== undefined;
  }

  /** `framed`: the same as one chunk of a body, where it is there already. */
  write(bytes: Uint8Array, framed?: Uint8Array): void {
    const isFirst = this.#response === undefined;
    const response = (this.#response ??= this.#open());
    if (bytes.length === 0 || response.destroyed || !this.#hasRoom(response)) return;
    const { socket } = response;
    // `response.write` hands the socket three pieces in the next tick: for small ones, most of what they cost.
    if (isFirst || socket === null || !response.chunkedEncoding) response.write(bytes);
    else socket.write(framed ?? toChunk(bytes));
  }

  end(bytes?: Uint8Array): void {
    const response = (this.#response ??= this.#open());
    if (response.destroyed) return;
    if (this.#options.service.phase === "draining") {
      // A connection kept alive would hold the closing server open; the head said it is, so it ends after the answer.
      const { socket } = this.#options.request.raw;
      response.once("finish", () => socket.destroySoon());
    }
    if (bytes === undefined || bytes.length === 0) response.end();
    else response.end(bytes);
  }

  #open(): ServerResponse {
    const { reply, contentType } = this.#options;
    let opened: ServerResponse | undefined;
    reply.type(contentType);
    // Neither a cache nor a proxy may wait for the end of it.
    reply.header("cache-control", "no-cache").header("x-accel-buffering", "no");
    void reply.send(new DirectAnswer((response) => (opened = response)));
    return opened ?? reply.raw;
  }

  #hasRoom(response: ServerResponse): boolean {
    const unreadBytes = response.writableLength;
    if (unreadBytes <= this.#heldBytes) return true;
    const { request, hold } = this.#options;
    try {
      if (unreadBytes > mostUnreadBytes) throw new RangeError(`more than ${mostUnreadBytes} bytes unread`);
      hold(request, heldStepBytes);
      this.#heldBytes += heldStepBytes;
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      request.log.warn({ unreadBytes, reason }, "a client that does not read its answer was cut off");
      response.destroy();
      return false;
    }
  }
}

/** Bytes as one chunk of a body (RFC 9112, 7.1). */
function toChunk(bytes: Uint8Array): Buffer {
  const size = `${bytes.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.length + 2);
  chunk.write(size, "latin1");
  chunk.set(bytes, size.length);
  chunk.write("\r\n", size.length + bytes.length, "latin1");
  return chunk;
}
