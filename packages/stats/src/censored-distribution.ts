import type { Histogram } from "./histogram.ts";

/** The figures of a distribution that a sample which was cut off can move. */
export type CensoredFigure = "mean" | "p50" | "p90" | "p95" | "p99" | "p999" | "max";

/** What is known of the samples that were not seen to their end. */
export interface Censored {
  /** How many there were, and how long the longest had lasted. */
  readonly n: number;
  readonly max: number;
  /**
   * Lower bounds in place of the figures that these samples could move: such a figure is null in the distribution
   * itself. Empty where all figures stand.
   */
  readonly atLeast: { readonly [Key in CensoredFigure]?: number };
}

/** Two estimates of a figure agree when they differ by no more than this share. */
const agreement = 0.02;

/**
 * What values that lasted at least `ages` (right-censored ones) do to the distribution of `values`, which were seen to
 * their end.
 *
 * A figure of the values alone stands where the product-limit estimate (Kaplan and Meier, Nonparametric Estimation from
 * Incomplete Observations, JASA 53, 1958), in which a censored value is worth what the values longer than it are worth,
 * is within 2 % of it, or where the two are nearer in rank than half the standard error that chance gives the rank of
 * that quantile. A cut-off that is younger than every value thus says nothing; what is in flight when a healthy run
 * ends changes next to nothing; requests that a frozen server has held for seconds change everything.
 *
 * A figure that does not stand has a lower bound: that of all values together, each censored one taken as if it had
 * been answered the moment it was cut off, and no less than that of the seen values, since those that were cut off are
 * the slower ones.
 */
export class CensoredDistribution {
  readonly #values: Histogram;
  readonly #ages: Histogram;
  readonly #all: Histogram;
  /** Share of requests that last longer than each value that was seen, in ascending order. */
  readonly #survival: readonly (readonly [value: number, share: number])[];

  constructor(values: Histogram, ages: Histogram, all: Histogram) {
    this.#values = values;
    this.#ages = ages;
    this.#all = all;
    this.#survival = estimateSurvival(values, ages);
  }

  /** A lower bound of the q-quantile; undefined where that of the values alone stands. */
  quantileAtLeast(q: number): number | undefined {
    const { n } = this.#values;
    const seen = n === 0 ? 0 : this.#values.quantile(q);
    const spread = n === 0 ? 0 : Math.max(1, 0.5 * Math.sqrt(n * q * (1 - q))) / n;
    const tolerated = Math.max(
      seen * (1 + agreement),
      q + spread < 1 ? this.#values.quantile(q + spread) : seen,
    );
    const estimate = this.#survival.find(([, share]) => share <= 1 - q + 1e-9)?.[0] ?? Infinity;
    return n > 0 && estimate <= tolerated ? undefined : Math.max(seen, this.#all.quantile(q));
  }

  meanAtLeast(): number | undefined {
    const seen = this.#values.n === 0 ? 0 : this.#values.mean;
    return this.#estimateMean() <= seen * (1 + agreement) ? undefined : Math.max(seen, this.#all.mean);
  }

  maxAtLeast(): number | undefined {
    return this.#ages.max > this.#values.max ? this.#ages.max : undefined;
  }

  // The area under the survival curve as far as anything was seen.
  #estimateMean(): number {
    let [area, before, share] = [0, 0, 1];
    for (const [value, left] of this.#survival) {
      area += share * (value - before);
      [before, share] = [value, left];
    }
    return area + share * Math.max(0, this.#ages.max - before);
  }
}

function estimateSurvival(values: Histogram, ages: Histogram): (readonly [number, number])[] {
  const cutOff = ages.buckets();
  const survival: (readonly [number, number])[] = [];
  let [atRisk, share, next] = [values.n + ages.n, 1, 0];
  for (const [value, count] of values.buckets()) {
    // What was cut off at a value is still at risk there.
    for (; next < cutOff.length && cutOff[next]![0] < value; next += 1) atRisk -= cutOff[next]![1];
    share *= 1 - count / atRisk;
    atRisk -= count;
    survival.push([value, share]);
  }
  return survival;
}
