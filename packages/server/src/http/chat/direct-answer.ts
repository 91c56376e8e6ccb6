import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";

/**
 * What to give `reply.send` where an answer is written to its response itself: hooks run and headers are set as for any
 * stream, then `begin` has the response, in the same turn. No chunk goes through a stream of its own.
 */
export class DirectAnswer extends Readable {
  readonly #begin: (response: ServerResponse) => void;

  constructor(begin: (response: ServerResponse) => void) {
    super();
    this.#begin = begin;
  }

  override _read(): void {}

  override pipe<Target extends NodeJS.WritableStream>(response: Target): Target {
    // Over before it began: so whoever watches it has nothing to end, and nothing to report when the client leaves.
    this.push(null);
    this.resume();
    this.#begin(response as unknown as ServerResponse);
    return response;
  }
}
