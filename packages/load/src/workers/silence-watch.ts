const lookEveryMs = 500;
/** Looks that are further apart were missed by this thread, or the machine slept: nobody could be heard. */
const missedAfterMs = 2000;

/** Tells of workers that have not been heard of for too long. */
export class SilenceWatch {
  readonly #heardMs: (number | undefined)[];
  readonly #longestMs: number;
  readonly #onSilent: (worker: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #lookedMs = 0;

  constructor(workers: number, longestMs: number, onSilent: (worker: number) => void) {
    this.#heardMs = Array.from({ length: workers }, () => 0);
    this.#longestMs = longestMs;
    this.#onSilent = onSilent;
  }

  start(): void {
    this.#lookedMs = performance.now();
    this.#hearAll();
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  hear(worker: number): void {
    if (this.#heardMs[worker] !== undefined) this.#heardMs[worker] = performance.now();
  }

  /** Nothing more is expected of it. */
  forget(worker: number): void {
    this.#heardMs[worker] = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs > missedAfterMs) this.#hearAll();
    this.#lookedMs = nowMs;
    for (const [worker, heardMs] of this.#heardMs.entries())
      if (heardMs !== undefined && nowMs - heardMs > this.#longestMs) this.#onSilent(worker);
  }

  #hearAll(): void {
    for (const worker of this.#heardMs.keys()) this.hear(worker);
  }
}
