import type { Histogram } from "./histogram.ts";
import { minimumSamples } from "./minimum-samples.ts";

/**
 * What is shown of a distribution, in the unit of its values. Null where n is too small to say: a percentile below
 * its {@link minimumSamples}, everything when n is 0. Median, mean, min and max are given from one sample on.
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
}

const neededBy = {
  p90: minimumSamples(0.9),
  p95: minimumSamples(0.95),
  p99: minimumSamples(0.99),
  p999: minimumSamples(0.999),
} as const;

/** Samples that each percentile of a {@link Distribution} needs. */
export const samplesNeeded: Readonly<Record<"p90" | "p95" | "p99" | "p999", number>> = neededBy;

export function toDistribution(histogram: Histogram): Distribution {
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
