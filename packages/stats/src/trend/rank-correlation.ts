/** How far two series rise and fall together. */
export interface RankCorrelation {
  /** Spearman's rho, -1 to 1. */
  readonly rho: number;
  /** How many standard errors it is from 0, for as many independent pairs as the series are worth. */
  readonly z: number;
}

/**
 * The rank correlation of two series of equal length. Neighbours in time are alike, so that two series which have
 * nothing to do with each other seem to: the pairs count as n (1 - ab) / (1 + ab), where a and b are the correlations
 * of each series with itself one step later (Bartlett 1935). z is 0 where fewer than five are left, or one of the series
 * does not change.
 */
export function rankCorrelation(x: readonly number[], y: readonly number[]): RankCorrelation {
  if (x.length !== y.length)
    throw new RangeError(`expected series of equal length, got ${x.length} and ${y.length}`);
  const ranksX = toRanks(x);
  const ranksY = toRanks(y);
  const rho = correlation(ranksX, ranksY);
  if (Number.isNaN(rho)) return { rho: 0, z: 0 };
  const alike = Math.max(0, alikeness(ranksX)) * Math.max(0, alikeness(ranksY));
  const worth = (x.length * (1 - alike)) / (1 + alike);
  if (worth < 5) return { rho, z: 0 };
  // 1.06: Fieller, Hartley and Pearson 1957, for ranks.
  return { rho, z: Math.atanh(Math.max(-0.9999, Math.min(0.9999, rho))) * Math.sqrt((worth - 3) / 1.06) };
}

/** From 1 on; equal values share the mean of their ranks. */
function toRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).toSorted((one, other) => values[one]! - values[other]!);
  const ranks: number[] = Array.from({ length: values.length }, () => 0);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end += 1;
    for (let at = start; at < end; at += 1) ranks[order[at]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function alikeness(values: readonly number[]): number {
  const one = correlation(values.slice(0, -1), values.slice(1));
  return Number.isNaN(one) ? 1 : one;
}

function correlation(x: readonly number[], y: readonly number[]): number {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  let [product, spreadX, spreadY] = [0, 0, 0];
  for (const [index, value] of x.entries()) {
    product += (value - meanX) * (y[index]! - meanY);
    spreadX += (value - meanX) ** 2;
    spreadY += (y[index]! - meanY) ** 2;
  }
  return product / Math.sqrt(spreadX * spreadY);
}
