/** What asking for a slot gave. */
export type SlotAnswer =
  | { readonly kind: "granted" }
  | { readonly kind: "waiting"; readonly leave: () => void }
  | { readonly kind: "refused" };

/** A number of slots, and a bounded queue before them, first come first served. */
export class SlotQueue {
  readonly #slots: number;
  readonly #most: number;
  // A set keeps its order, and those who hang up leave from anywhere.
  readonly #waiting = new Set<(atMs: number) => void>();
  #active = 0;
  #mostActive = 0;
  #mostWaiting = 0;

  constructor(slots: number, queue: number) {
    this.#slots = slots;
    this.#most = queue;
  }

  get places(): { active: number; waiting: number; mostActive: number; mostWaiting: number } {
    return {
      active: this.#active,
      waiting: this.#waiting.size,
      mostActive: this.#mostActive,
      mostWaiting: this.#mostWaiting,
    };
  }

  /** `begin` is called later where the answer is `waiting`, with the time at which a slot came free. */
  enter(begin: (atMs: number) => void): SlotAnswer {
    if (this.#active < this.#slots) {
      this.#take();
      return { kind: "granted" };
    }
    if (this.#waiting.size >= this.#most) return { kind: "refused" };
    this.#waiting.add(begin);
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#waiting.size);
    return { kind: "waiting", leave: () => void this.#waiting.delete(begin) };
  }

  /**
   * Gives a slot back; who has waited longest gets it. `atMs` is when it was due to come free: the next answer counts
   * from there, so that the mock's own lateness does not add up along the queue.
   */
  release(atMs: number): void {
    this.#active -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#take();
    next(atMs);
  }

  #take(): void {
    this.#active += 1;
    this.#mostActive = Math.max(this.#mostActive, this.#active);
  }
}
