/**
 * How far from 0 Student's t with `degrees` of freedom lies with probability `outside`, both sides together: 2.776 for
 * 0.05 and 4.
 *
 * @param outside above 0, up to 1
 * @param degrees 1 or more
 */
export function studentTBound(outside: number, degrees: number): number {
  const logBeta = logGamma(degrees / 2) + logGamma(0.5) - logGamma((degrees + 1) / 2);
  const logDensity = (t: number): number =>
    -logBeta - 0.5 * Math.log(degrees) - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees);
  // The logarithm of the probability falls over that of t, ever steeper: Newton's steps come from the right and stay there.
  let logT = 0;
  for (let step = 0; step < 100; step += 1) {
    const t = Math.exp(logT);
    const here = studentTOutside(t, degrees);
    const further = (Math.log(here / outside) * here) / (2 * t * Math.exp(logDensity(t)));
    logT += Math.min(further, 0.7);
    if (Math.abs(further) < 1e-13) break;
  }
  return Math.exp(logT);
}

/** The probability that Student's t lies further from 0 than `t`, both sides together. */
export function studentTOutside(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8, Lentz's way). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // On this side of its mean the fraction converges fast; the other side is its complement.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (front * betaFraction(x, a, b)) / a;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

// Stirling's series after shifting the argument up to where six terms give 15 digits (Abramowitz and Stegun 6.1.41).
function logGamma(value: number): number {
  let [x, shift] = [value, 0];
  for (; x < 12; x += 1) shift += Math.log(x);
  const inverse = 1 / (x * x);
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
