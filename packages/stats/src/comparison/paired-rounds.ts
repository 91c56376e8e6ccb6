/** Mean of the rounds' log-ratios, and its standard error (NaN under two rounds). Rounds without a ratio are left out. */
export interface PairedRounds {
  readonly rounds: number;
  readonly mean: number;
  readonly standardError: number;
}

/** @param logRatios those that are infinite or NaN come of a half in which nothing was measured */
export function pairRounds(logRatios: readonly number[]): PairedRounds {
  const usable = logRatios.filter((ratio) => Number.isFinite(ratio));
  const rounds = usable.length;
  const mean = usable.reduce((sum, ratio) => sum + ratio, 0) / rounds;
  const squares = usable.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0);
  return { rounds, mean, standardError: Math.sqrt(squares / (rounds - 1) / rounds) };
}

/** The interval of a log-ratio as one of the change, B / A - 1. Beyond e^700 numbers end: such a bound is as good as none. */
export function toChangeInterval(mean: number, halfWidth: number): readonly [number, number] {
  return [Math.expm1(mean - halfWidth), Math.expm1(Math.min(700, mean + halfWidth))];
}
