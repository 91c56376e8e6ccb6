/**
 * When a model has been left alone for long enough to be unloaded. Without timers or a clock of its own: every call says
 * what time it is, in milliseconds that never go back.
 */
export class KeepAliveCore {
  readonly #defaultMs: number;
  #keepAliveMs: number;
  #uses = 0;
  /** Since when nobody uses it; undefined before its first use, and while it is unloaded or in use. */
  #idleFromMs: number | undefined;

  /** `defaultMs`: how long a model stays loaded after its last use where nobody says otherwise; Infinity for ever. */
  constructor(defaultMs: number) {
    this.#defaultMs = defaultMs;
    this.#keepAliveMs = defaultMs;
  }

  /** When it is to be unloaded unless somebody uses it before; Infinity while nothing is to come. */
  get dueAtMs(): number {
    return this.#idleFromMs === undefined ? Number.POSITIVE_INFINITY : this.#idleFromMs + this.#keepAliveMs;
  }

  /** Somebody uses it. What they say of its keep-alive holds until somebody else does or it is unloaded. */
  begin(keepAliveMs: number | undefined): void {
    if (keepAliveMs !== undefined) this.#keepAliveMs = keepAliveMs;
    this.#uses++;
    this.#idleFromMs = undefined;
  }

  end(nowMs: number): void {
    this.#uses--;
    if (this.#uses === 0) this.#idleFromMs = nowMs;
  }

  /** How long it still stays loaded: counted from its next idle moment, as if that were now, while it is in use. */
  leftMs(nowMs: number): number {
    return this.#idleFromMs === undefined ? this.#keepAliveMs : Math.max(0, this.dueAtMs - nowMs);
  }

  /**
   * Whether it is to be unloaded now: how long it was kept, else undefined. Once it said so it takes that for done, and
   * when the model is loaded again the default holds.
   */
  takeDue(nowMs: number): number | undefined {
    if (nowMs < this.dueAtMs) return undefined;
    const keptMs = this.#keepAliveMs;
    this.#keepAliveMs = this.#defaultMs;
    this.#idleFromMs = undefined;
    return keptMs;
  }
}
