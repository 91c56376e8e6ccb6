import { CensoredDistribution, type Censored, type CensoredFigure } from "./censored-distribution.ts";
import { Histogram } from "./histogram.ts";
import { minimumSamples } from "./minimum-samples.ts";

/**
 * What is shown of a distribution, in the unit of its values. Null where n is too small to say: a percentile below
 * its {@link minimumSamples}, everything when n is 0; and where samples that were cut off could move the figure, which
 * then has a lower bound in `censored`. Median, mean, min and max are otherwise given from one sample on.
 */
export interface Distribution {
  readonly n: number;
  readonly mean: number | null;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
  /** Samples that were not seen to their end; absent where there were none. `n` is without them. */
  readonly censored?: Censored;
}

const neededBy = {
  p90: minimumSamples(0.9),
  p95: minimumSamples(0.95),
  p99: minimumSamples(0.99),
  p999: minimumSamples(0.999),
} as const;

/** Samples that each percentile of a {@link Distribution} needs. */
export const samplesNeeded: Readonly<Record<"p90" | "p95" | "p99" | "p999", number>> = neededBy;

/** @param ages how long the samples had lasted that were cut off */
export function toDistribution(values: Histogram, ages?: Histogram): Distribution {
  if (ages === undefined || ages.n === 0) return toPlainDistribution(values);
  const all = new Histogram();
  all.merge(values);
  all.merge(ages);
  const together = new CensoredDistribution(values, ages, all);
  const bounds: { [Key in CensoredFigure]?: number } = {};
  const figures: { -readonly [Key in keyof Distribution]: Distribution[Key] } = toPlainDistribution(values);
  const bound = (figure: CensoredFigure, atLeast: number | undefined): void => {
    if (atLeast === undefined) return;
    figures[figure] = null;
    // As many are needed for a bound as for a figure; those that were cut off are among them.
    if (figure in neededBy && all.n < neededBy[figure as keyof typeof neededBy]) return;
    bounds[figure] = atLeast;
  };
  bound("mean", together.meanAtLeast());
  for (const [figure, q] of quantiles) bound(figure, together.quantileAtLeast(q));
  bound("max", together.maxAtLeast());
  return { ...figures, censored: { n: ages.n, max: ages.max, atLeast: bounds } };
}

const quantiles = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
  ["p999", 0.999],
] as const;

function toPlainDistribution(histogram: Histogram): Distribution {
  const { n } = histogram;
  if (n === 0)
    return { n, mean: null, min: null, p50: null, p90: null, p95: null, p99: null, p999: null, max: null };
  return {
    n,
    mean: histogram.mean,
    min: histogram.min,
    p50: histogram.quantile(0.5),
    p90: n < neededBy.p90 ? null : histogram.quantile(0.9),
    p95: n < neededBy.p95 ? null : histogram.quantile(0.95),
    p99: n < neededBy.p99 ? null : histogram.quantile(0.99),
    p999: n < neededBy.p999 ? null : histogram.quantile(0.999),
    max: histogram.max,
  };
}
