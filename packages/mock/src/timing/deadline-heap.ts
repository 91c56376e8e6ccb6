/** Something that is to happen at a time of the monotonic clock. */
export interface Deadline {
  readonly dueMs: number;
  fire(): void;
}

interface Entry {
  readonly deadline: Deadline;
  /** What was added first goes first among what is due at one time. */
  readonly order: number;
}

/** Deadlines with the earliest at hand: a binary heap. */
export class DeadlineHeap {
  readonly #entries: Entry[] = [];
  #added = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** Infinity when there is none. */
  get earliestMs(): number {
    return this.#entries[0]?.deadline.dueMs ?? Infinity;
  }

  add(deadline: Deadline): void {
    const entries = this.#entries;
    const entry = { deadline, order: this.#added++ };
    let place = entries.length;
    entries.push(entry);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(entry, entries[parent]!)) break;
      entries[place] = entries[parent]!;
      place = parent;
    }
    entries[place] = entry;
  }

  /** Takes the earliest out. */
  take(): Deadline | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first?.deadline;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child += 1;
      if (!isBefore(entries[child]!, last)) break;
      entries[place] = entries[child]!;
      place = child;
    }
    entries[place] = last;
    return first.deadline;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.deadline.dueMs < b.deadline.dueMs || (a.deadline.dueMs === b.deadline.dueMs && a.order < b.order);
}
