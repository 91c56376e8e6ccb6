import { Histogram, toDistribution, type Distribution, type EncodedHistogram } from "@weir/stats";

/** A histogram that takes no memory until there is something in it. What is not a number is nothing. */
export class LateHistogram {
  #histogram: Histogram | undefined;

  /** Undefined while there is nothing in it. */
  get histogram(): Histogram | undefined {
    return this.#histogram;
  }

  record(value: number, times = 1): void {
    if (Number.isNaN(value)) return;
    this.#histogram ??= new Histogram();
    this.#histogram.record(value, times);
  }

  merge(other: LateHistogram): void {
    if (other.#histogram !== undefined) this.#merge(other.#histogram);
  }

  encode(): EncodedHistogram | null {
    return this.#histogram?.encode() ?? null;
  }

  mergeEncoded(encoded: EncodedHistogram | null): void {
    if (encoded !== null) this.#merge(Histogram.decode(encoded));
  }

  /** @param ages how long those had lasted that were cut off */
  summarise(ages?: LateHistogram): Distribution | null {
    return this.#histogram === undefined ? null : toDistribution(this.#histogram, ages?.histogram);
  }

  #merge(other: Histogram): void {
    this.#histogram ??= new Histogram();
    this.#histogram.merge(other);
  }
}
