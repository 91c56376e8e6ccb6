import { DeadlineHeap, type Deadline } from "./deadline-heap.ts";

// A timer of Node is late by up to a millisecond or so: it sleeps until this long before, then the clock is watched.
const watchMs = 2;
// After so many deadlines in a row the sockets get their turn, or nobody would be accepted while the mock is late.
const mostInARow = 128;

/** One timer for everything the mock sends. Deadlines are absolute, so that lateness never adds up. */
export class PreciseTimer implements Disposable {
  readonly #heap = new DeadlineHeap();
  readonly #spin: boolean;
  #sleep: NodeJS.Timeout | undefined;
  #sleepUntilMs = Infinity;
  #watch: NodeJS.Immediate | undefined;
  #isTurning = false;
  #closed = false;

  constructor(spin: boolean) {
    this.#spin = spin;
  }

  add(deadline: Deadline): void {
    if (this.#closed) return;
    this.#heap.add(deadline);
    // A turn arms the timer itself, once, when it ends.
    if (this.#isTurning || this.#watch !== undefined) return;
    if (this.#heap.earliestMs < this.#sleepUntilMs) this.#arm();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#disarm();
  }

  readonly #turn = (): void => {
    this.#disarm();
    this.#isTurning = true;
    for (let fired = 0; fired < mostInARow; fired += 1) {
      if (this.#closed || this.#heap.earliestMs > performance.now()) break;
      this.#heap.take()!.fire();
    }
    this.#isTurning = false;
    this.#arm();
  };

  #disarm(): void {
    clearTimeout(this.#sleep);
    clearImmediate(this.#watch);
    this.#sleep = undefined;
    this.#watch = undefined;
    this.#sleepUntilMs = Infinity;
  }

  #arm(): void {
    this.#disarm();
    if (this.#closed || this.#heap.size === 0) return;
    const dueMs = this.#heap.earliestMs;
    const waitMs = dueMs - performance.now();
    if (waitMs <= (this.#spin ? watchMs : 0)) {
      this.#watch = setImmediate(this.#turn);
      return;
    }
    this.#sleepUntilMs = dueMs;
    this.#sleep = setTimeout(this.#turn, this.#spin ? waitMs - watchMs + 0.5 : waitMs);
  }
}
