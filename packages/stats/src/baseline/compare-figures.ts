import { studentTBound } from "../comparison/student-t.ts";

/** How figures of now stand to those of a baseline. */
export interface FigureComparison {
  /** Median of the baseline's figures. */
  readonly was: number;
  /** (median of now / `was`) - 1: 0.1 is 10 % more. */
  readonly change: number;
  /** 95 % interval of `change`; null where there is none: a figure that is not above 0, or one figure on either side. */
  readonly interval: readonly [low: number, high: number] | null;
  /**
   * `same`: within the tolerance. `unclear`: worse by more, and perhaps by chance, as far as the figures can tell;
   * single figures cannot tell at all.
   */
  readonly kind: "better" | "same" | "worse" | "unclear";
}

export interface CompareFiguresOptions {
  readonly better: "less" | "more";
  /** As a share: 0.1 tolerates 10 % worse. */
  readonly tolerance: number;
}

/**
 * Compares figures that were not measured side by side: repeats of now with those of a baseline. The interval is that of
 * two samples of logarithms with a common variance (Student's t with n + m - 2 degrees of freedom), which for a single figure
 * of now is the prediction interval of the baseline. What moved between the two days is in no interval. Undefined
 * where there is no figure, or no ratio because the baseline's is 0 or below.
 */
export function compareFigures(
  now: readonly number[],
  baseline: readonly number[],
  { better, tolerance }: CompareFiguresOptions,
): FigureComparison | undefined {
  if (now.length === 0 || baseline.length === 0) return undefined;
  const was = median(baseline);
  if (!(was > 0)) return undefined;
  const change = median(now) / was - 1;
  const interval = intervalOf(now, baseline);
  const isWorse = (share: number): boolean => (better === "less" ? share > tolerance : share < -tolerance);
  const isBetter = (share: number): boolean => (better === "less" ? share < -tolerance : share > tolerance);
  if (!isWorse(change) && !isBetter(change)) return { was, change, interval, kind: "same" };
  const isKnown = interval !== null && (interval[0] > 0 || interval[1] < 0);
  // Good news that may be chance is no news, bad news that may be chance is worth another look.
  if (isBetter(change)) return { was, change, interval, kind: isKnown ? "better" : "same" };
  return { was, change, interval, kind: isKnown ? "worse" : "unclear" };
}

function intervalOf(now: readonly number[], baseline: readonly number[]): readonly [number, number] | null {
  const degrees = now.length + baseline.length - 2;
  if (degrees < 1 || [...now, ...baseline].some((value) => !(value > 0))) return null;
  const [a, b] = [now.map(Math.log), baseline.map(Math.log)];
  const variance = (squares(a) + squares(b)) / degrees;
  const halfWidth =
    studentTBound(0.05, degrees) * Math.sqrt(variance * (1 / now.length + 1 / baseline.length));
  const centre = mean(a) - mean(b);
  return [Math.expm1(centre - halfWidth), Math.expm1(centre + halfWidth)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squares(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2;
}
