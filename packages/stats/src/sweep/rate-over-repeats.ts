import { studentTBound } from "../comparison/student-t.ts";

/** Two bounds in the unit of what they bound. */
export interface RateInterval {
  readonly low: number;
  readonly high: number;
}

/** What repeated measurements of one rate come to. */
export interface RepeatedRate {
  /** Geometric mean: a rate twice as high and one half as high cancel out. */
  readonly mean: number;
  /** 95 % for the mean, by Student's t on the logarithms; null below three repeats, where it would say nothing. */
  readonly interval: RateInterval | null;
  /** Standard deviation over the repeats as a share of the mean; null for one repeat. */
  readonly variation: number | null;
}

/** Undefined where there is no rate above 0. */
export function summariseRepeats(rates: readonly number[]): RepeatedRate | undefined {
  const logs = rates.filter((rate) => rate > 0 && Number.isFinite(rate)).map(Math.log);
  const { mean, deviation } = momentsOf(logs);
  if (logs.length === 0) return undefined;
  const half = logs.length < 2 ? 0 : halfWidth(deviation, logs.length);
  return {
    mean: Math.exp(mean),
    interval: logs.length < 3 ? null : { low: Math.exp(mean - half), high: Math.exp(mean + half) },
    // Of a log-normal: for small ones it is the deviation itself.
    variation: logs.length < 2 ? null : Math.sqrt(Math.expm1(deviation ** 2)),
  };
}

/** Mean and sample standard deviation; the latter is 0 for fewer than two values. */
export function momentsOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: n < 2 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/** Of a two-sided 95 % interval for a mean of so many values, two at least. */
export function halfWidth(deviation: number, n: number): number {
  return (studentTBound(0.05, n - 1) * deviation) / Math.sqrt(n);
}
