/** All failures of one kind. */
export interface FailureCount {
  readonly count: number;
  /** What the first of them was. */
  readonly firstMessage: string;
  /** What its body began with, at most 2 KiB; empty where there was none. */
  readonly firstBody: string;
}

export interface FailureSummary {
  readonly total: number;
  readonly byKind: Readonly<Record<string, FailureCount>>;
}

/** Counts failures by kind and keeps the first of each. Kinds are few: transport failures, statuses, checks. */
export class FailureTally {
  readonly #byKind = new Map<string, { count: number; firstMessage: string; firstBody: string }>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(kind: string, message: string, body: string): void {
    this.#total += 1;
    const known = this.#byKind.get(kind);
    if (known === undefined) this.#byKind.set(kind, { count: 1, firstMessage: message, firstBody: body });
    else known.count += 1;
  }

  /** Adds what another tally has seen. The first of a kind is the one that was there before. */
  merge(other: FailureSummary): void {
    this.#total += other.total;
    for (const [kind, seen] of Object.entries(other.byKind)) {
      const known = this.#byKind.get(kind);
      if (known === undefined) this.#byKind.set(kind, { ...seen });
      else known.count += seen.count;
    }
  }

  /** Most frequent kind first. */
  countByKind(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#sorted().map(([kind, { count }]) => [kind, count]));
  }

  /** Most frequent kind first. */
  summarise(): FailureSummary {
    return {
      total: this.#total,
      byKind: Object.fromEntries(this.#sorted().map(([kind, seen]) => [kind, { ...seen }])),
    };
  }

  #sorted(): [string, FailureCount][] {
    return [...this.#byKind].toSorted(([, a], [, b]) => b.count - a.count);
  }
}
