/** A stream whose client has to be told now and then that it goes on. */
export interface PingedStream {
  /** Whether anything was written since this was set to false. */
  hasWritten: boolean;
  ping(): void;
}

/** Pings every stream on which nothing was written for `pingMs` to twice that, with one timer for all. */
export class StreamPings implements Disposable {
  readonly #pingMs: number;
  readonly #streams = new Set<PingedStream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pingMs: number) {
    this.#pingMs = pingMs;
  }

  add(stream: PingedStream): void {
    // What has just begun is given its whole time.
    stream.hasWritten = true;
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => this.#look(), this.#pingMs).unref();
  }

  remove(stream: PingedStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this[Symbol.dispose]();
  }

  #look(): void {
    for (const stream of this.#streams) {
      if (!stream.hasWritten) stream.ping();
      stream.hasWritten = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
