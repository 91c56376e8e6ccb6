/**
 * How far what was seen speaks for a limit that is missed (above 0) or kept (below 0), in standard errors: the signed
 * root of the likelihood ratio (e.g. McCullagh and Nelder, Generalized Linear Models, appendix C) between the share that
 * was seen and the share that is allowed.
 *
 * Nothing over the limit among few samples is weak evidence, not none: 20 of 20 within a p95 limit give -1.4, 72 of 72
 * -2.7.
 *
 * @param over samples beyond the limit; need not be whole
 * @param of all samples
 * @param allowedShare between 0 and 1, both excluded: 0.05 for a limit on p95
 */
export function shareEvidence(over: number, of: number, allowedShare: number): number {
  if (of <= 0) return 0;
  const share = Math.min(1, over / of);
  const root = Math.sqrt(2 * of * divergence(share, allowedShare));
  return share > allowedShare ? root : -root;
}

/** Kullback-Leibler divergence of two Bernoulli distributions, in nats. */
function divergence(share: number, from: number): number {
  const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q));
  return Math.max(0, part(share, from) + part(1 - share, 1 - from));
}

/**
 * The standard normal distribution function, with an error below 1e-7: Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 26.2.17.
 */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const tail =
    density *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}
