/** Fires its signal where nothing came for too long, or where the outer signal fires. */
export class StallGuard implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(stallMs: number, outer: AbortSignal) {
    this.#timer = setTimeout(() => this.#controller.abort(), stallMs);
    this.signal = AbortSignal.any([outer, this.#controller.signal]);
  }

  get stalled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Something came. */
  touch(): void {
    this.#timer.refresh();
  }

  /** Also drops a connection that is still open. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}
