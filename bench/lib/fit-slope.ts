/** Least-squares slope of y over x with the half width of its 95 % interval (normal approximation; wants dozens of points). */
export function fitSlope(
  x: readonly number[],
  y: readonly number[],
): { readonly slope: number; readonly halfWidth: number } {
  const count = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / count;
  const meanY = y.reduce((sum, value) => sum + value, 0) / count;
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope = x.reduce((sum, value, index) => sum + (value - meanX) * (y[index]! - meanY), 0) / spread;
  const residual = x.reduce(
    (sum, value, index) => sum + (y[index]! - meanY - slope * (value - meanX)) ** 2,
    0,
  );
  return { slope, halfWidth: 1.96 * Math.sqrt(residual / (count - 2) / spread) };
}
