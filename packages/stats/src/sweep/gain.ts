import { halfWidth, momentsOf, type RateInterval } from "./rate-over-repeats.ts";

/** One round: both settings measured next to each other. */
export interface GainRound {
  readonly baseline: number;
  readonly candidate: number;
}

/** How many times as fast the candidate is. */
export interface Gain {
  readonly rounds: number;
  readonly ratio: number;
  /** 95 % for the true ratio: a paired t interval over the logarithms of the rounds' ratios. */
  readonly interval: RateInterval;
  /**
   * 95 % for what a second measurement of as many rounds will find. Wider than `interval` by the square root of two:
   * the second one has noise of its own (e.g. Hahn and Meeker, Statistical Intervals, section 4.8).
   */
  readonly again: RateInterval;
}

/**
 * The gain of settings that were chosen before these rounds. The rounds of the choosing must not be among them: the
 * best of many noisy figures is too good. Undefined for fewer than three usable rounds.
 */
export function estimateGain(rounds: readonly GainRound[]): Gain | undefined {
  const ratios = rounds
    .filter(({ baseline, candidate }) => baseline > 0 && candidate > 0)
    .map(({ baseline, candidate }) => Math.log(candidate / baseline));
  const n = ratios.length;
  if (n < 3) return undefined;
  const { mean, deviation } = momentsOf(ratios);
  const half = halfWidth(deviation, n);
  const around = (width: number): RateInterval => ({
    low: Math.exp(mean - width),
    high: Math.exp(mean + width),
  });
  return { rounds: n, ratio: Math.exp(mean), interval: around(half), again: around(half * Math.SQRT2) };
}
