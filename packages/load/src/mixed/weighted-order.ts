/**
 * The order in which parts of a mix take their turns: smooth weighted round robin (nginx,
 * `ngx_http_upstream_round_robin.c`). Of the first n turns each part has its share of n, give or take one; of any stretch
 * in the middle, give or take two. So a short run has the mix that was asked for, and the parts stay mingled.
 */
export class WeightedOrder {
  readonly #weights: readonly number[];
  readonly #total: number;
  readonly #credits: Float64Array;

  /**
   * @param weights above 0
   * @param skip turns to pass over, so that orders that run side by side are out of step. Whole number >= 0
   */
  constructor(weights: readonly number[], skip = 0) {
    this.#weights = weights;
    this.#total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#credits = new Float64Array(weights.length);
    for (let turn = 0; turn < skip; turn += 1) this.next();
  }

  /** Place of the part whose turn it is. */
  next(): number {
    const credits = this.#credits;
    let best = 0;
    for (let part = 0; part < credits.length; part += 1) {
      credits[part] = credits[part]! + this.#weights[part]!;
      if (credits[part]! > credits[best]!) best = part;
    }
    credits[best] = credits[best]! - this.#total;
    return best;
  }
}
