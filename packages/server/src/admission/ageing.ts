/** Part of the capacity that aged work of lower classes has in any case, by cost. */
export const agedShare = 0.25;

/** What ageing has to know of a class. */
export interface WaitingClass {
  /** When its oldest job was admitted; undefined where none waits. */
  readonly oldestAtMs: number | undefined;
}

/**
 * Which class goes next. The highest with work does, except that work which has waited half the ageing bound gets turns
 * of its own: a quarter of the capacity by cost, and at least one job in each quarter of the bound. So a job of a lower
 * class waits no longer than the bound under endless work of higher classes, as long as aged work asks for no more than
 * that; and never do two jobs of a lower class in a row go before one of a higher class.
 */
export class Ageing {
  readonly #ageingMs: number;
  /** Cost that aged turns may use; below 0 they have used more than their share. */
  #credit = 0;
  #lastAgedTurnMs = Number.NEGATIVE_INFINITY;
  #lastRank = 0;

  constructor(ageingMs: number) {
    this.#ageingMs = ageingMs;
  }

  /** Index of the class whose turn it is, and whether it is by age; undefined where nothing waits. */
  choose(classes: readonly WaitingClass[], nowMs: number): { rank: number; aged: boolean } | undefined {
    const highest = classes.findIndex((waiting) => waiting.oldestAtMs !== undefined);
    if (highest < 0) return undefined;
    const aged = this.#agedRank(classes, highest, nowMs);
    return aged === undefined ? { rank: highest, aged: false } : { rank: aged, aged: true };
  }

  /** To be called with what was chosen and the cost of the job that it gave. */
  note(turn: { rank: number; aged: boolean }, cost: number, nowMs: number): void {
    this.#lastRank = turn.rank;
    if (turn.aged) {
      this.#credit -= cost;
      this.#lastAgedTurnMs = nowMs;
    } else {
      this.#credit = Math.min(0, this.#credit + (cost * agedShare) / (1 - agedShare));
    }
  }

  #agedRank(classes: readonly WaitingClass[], highest: number, nowMs: number): number | undefined {
    const due = this.#credit >= 0 || nowMs - this.#lastAgedTurnMs >= this.#ageingMs / 4;
    // After a job of a low class something higher has its turn first.
    if (!due || this.#lastRank > highest) return undefined;
    let oldestAtMs = nowMs - this.#ageingMs / 2;
    let chosen: number | undefined;
    for (let rank = highest + 1; rank < classes.length; rank++) {
      const atMs = classes[rank]!.oldestAtMs;
      if (atMs === undefined || atMs > oldestAtMs) continue;
      oldestAtMs = atMs;
      chosen = rank;
    }
    return chosen;
  }
}
