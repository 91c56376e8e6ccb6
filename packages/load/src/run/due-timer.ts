/** Calls things when they are due: one timer for all of them, earliest first. Times are `performance.now()`. */
export class DueTimer {
  readonly #precise: boolean;
  // A binary heap: the parent of place p is at (p - 1) >> 1 and is never due later.
  readonly #heap: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #spin: NodeJS.Immediate | undefined;
  #armedForMs = Infinity;
  #spinningSinceMs = Number.NaN;
  #spunMs = 0;

  /** @param precise whether the last moment before something is due is spent spinning: exact, at the price of a core */
  constructor(precise: boolean) {
    this.#precise = precise;
  }

  /** Time spent spinning: it looks like work and is none. */
  get spunMs(): number {
    return this.#spunMs;
  }

  /** Calls `action` once, never before `dueMs`. */
  at(dueMs: number, action: () => void): void {
    this.#push({ dueMs, action });
    this.#arm();
  }

  /** Forgets everything. */
  close(): void {
    this.#heap.length = 0;
    this.#disarm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs >= this.#armedForMs) return;
    this.#disarm();
    this.#armedForMs = first.dueMs;
    const waitMs = first.dueMs - performance.now();
    if (this.#precise && waitMs <= spinMs) {
      this.#spinningSinceMs = performance.now();
      this.#spin = setImmediate(this.#onSpin);
      return;
    }
    const restMs = this.#precise ? waitMs - spinMs : waitMs;
    // Rounded down: Node's timers count whole milliseconds and are late, and one that is early only looks again.
    this.#timer = setTimeout(this.#onTimer, Math.min(longestTimerMs, Math.max(1, Math.floor(restMs))));
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#spin);
    this.#armedForMs = Infinity;
  }

  readonly #onTimer = (): void => {
    this.#armedForMs = Infinity;
    this.#callDue();
    this.#arm();
  };

  // Between two immediates the event loop looks at its sockets, so answers are read while this waits.
  readonly #onSpin = (): void => {
    const nowMs = performance.now();
    if (nowMs - this.#spinningSinceMs < idleTurnMs) this.#spunMs += nowMs - this.#spinningSinceMs;
    if (nowMs < this.#armedForMs) {
      this.#spinningSinceMs = nowMs;
      this.#spin = setImmediate(this.#onSpin);
    } else this.#onTimer();
  };

  // Only what is due now: something that is put in meanwhile and is due already has its turn in the same loop.
  #callDue(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.dueMs > performance.now()) return;
      this.#pop();
      first.action();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (heap[above]!.dueMs <= entry.dueMs) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const moved = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.dueMs < heap[below]!.dueMs) below += 1;
      if (heap[below]!.dueMs >= moved.dueMs) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = moved;
  }
}

interface Entry {
  readonly dueMs: number;
  readonly action: () => void;
}

/** A timer may be this late, so spinning begins so long before. */
const spinMs = 2;
/** A turn of the event loop that is shorter than this had nothing to do. */
const idleTurnMs = 0.05;
const longestTimerMs = 2 ** 31 - 1;
