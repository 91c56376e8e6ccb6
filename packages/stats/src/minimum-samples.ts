/**
 * How many samples a quantile needs before it may be shown: the fewest n for which a two-sided distribution-free
 * interval at this confidence exists, that is, for which the smallest and largest sample are far enough out to be its
 * ends. The largest of n samples lies below the q-quantile with probability q^n, the smallest above it with
 * (1 - q)^n, and each side may have half of 1 - confidence.
 *
 * Source: order-statistic confidence intervals, e.g. Hahn and Meeker, Statistical Intervals, section 5.2. At 95 % it
 * gives 36 for p90, 72 for p95, 368 for p99 and 3,688 for p99.9.
 *
 * @param q between 0 and 1, both excluded
 */
export function minimumSamples(q: number, confidence = 0.95): number {
  const tail = (1 - confidence) / 2;
  return Math.ceil(Math.log(tail) / Math.log(Math.max(q, 1 - q)));
}
