import { studentTBound } from "../comparison/student-t.ts";

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
  return { slope, halfWidth: studentTBound(0.05, count - 2) * Math.sqrt(residual / (count - 2) / spread) };
}
