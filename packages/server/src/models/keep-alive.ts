import { systemClock, type Clock } from "../admission/clock.ts";
import { KeepAliveCore } from "./keep-alive-core.ts";

export interface KeepAliveOptions {
  /** How long a model stays loaded after its last use where nobody says otherwise; Infinity for ever. In milliseconds. */
  readonly defaultMs: number;
  /** Called when the time is over; asks {@link KeepAlive.takeDue} once it could unload the model. */
  readonly onDue: () => void;
  readonly clock?: Clock;
}

/** {@link KeepAliveCore} with a clock and one timer around it. Disposing ends the timer for good. */
export class KeepAlive implements Disposable {
  readonly #core: KeepAliveCore;
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #closed = false;

  constructor({ defaultMs, onDue, clock = systemClock }: KeepAliveOptions) {
    this.#core = new KeepAliveCore(defaultMs);
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** How long the model still stays loaded; see {@link KeepAliveCore.leftMs}. */
  get leftMs(): number {
    return this.#core.leftMs(this.#clock.nowMs());
  }

  /** The model is not unloaded while the work is under way. */
  async during<T>(keepAliveMs: number | undefined, work: () => Promise<T>): Promise<T> {
    this.#core.begin(keepAliveMs);
    try {
      return await work();
    } finally {
      this.#core.end(this.#clock.nowMs());
      this.#look();
    }
  }

  /** See {@link KeepAliveCore.takeDue}. */
  takeDue(): number | undefined {
    return this.#core.takeDue(this.#clock.nowMs());
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One timer; one that fires too early looks again, which costs less than moving it with each request. */
  #look(): void {
    const atMs = this.#core.dueAtMs;
    if (this.#closed || atMs === Number.POSITIVE_INFINITY) return;
    const leftMs = atMs - this.#clock.nowMs();
    if (leftMs <= 0) {
      this.#onDue();
      return;
    }
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.ceil(leftMs), () => {
      this.#timer = undefined;
      this.#look();
    });
    this.#timer = { atMs, cancel };
  }
}
