/** A straight line through points, and how well its slope is known. */
export interface FittedSlope {
  /** Change of y for 1 of x. */
  readonly slope: number;
  /** Half of the slope's 95 % interval. */
  readonly halfWidth: number;
}

/**
 * The least-squares slope of y over x with its 95 % interval by Student's t (for points whose errors do not depend on each
 * other). Throws a RangeError for fewer than three points, or where all have the same x.
 */
export function fitSlope(x: readonly number[], y: readonly number[]): FittedSlope {
  const count = x.length;
  if (count < 3 || y.length !== count)
    throw new RangeError(`a slope needs three points or more, got ${count} x and ${y.length} y`);
  const meanX = x.reduce((sum, value) => sum + value, 0) / count;
  const meanY = y.reduce((sum, value) => sum + value, 0) / count;
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  if (spread === 0) throw new RangeError("a slope needs points at different x");
  const slope = x.reduce((sum, value, index) => sum + (value - meanX) * (y[index]! - meanY), 0) / spread;
  const residual = x.reduce(
    (sum, value, index) => sum + (y[index]! - meanY - slope * (value - meanX)) ** 2,
    0,
  );
  return { slope, halfWidth: studentBound(count - 2) * Math.sqrt(residual / (count - 2) / spread) };
}

const exactBounds: readonly number[] = [12.706, 4.303, 3.182, 2.776];

/** The 97.5 % point of Student's t: a table for few degrees, then Abramowitz and Stegun 26.7.5, within 0.0005 from 5 on. */
export function studentBound(degrees: number): number {
  const exact = exactBounds[degrees - 1];
  if (exact !== undefined) return exact;
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}
