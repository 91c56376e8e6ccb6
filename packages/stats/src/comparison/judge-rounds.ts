import { lastLevel, lookBounds, type LookPlan } from "./look-bounds.ts";
import { pairRounds, toChangeInterval, type PairedRounds } from "./paired-rounds.ts";
import { studentTBound } from "./student-t.ts";

export interface JudgeOptions {
  /** The least change that matters, as a share: 0.05 for 5 %. Above 0. */
  readonly delta: number;
  /** Rounds after which measuring ends in any case; fixed before the first one. Whole number of 2 or more. */
  readonly maxRounds: number;
  /** Rounds before which nothing is decided. @default 4 */
  readonly minRounds?: number;
  /**
   * How often the interval may miss the truth, all looks together, where rounds are independent of each other. Noise that
   * outlasts a round adds up to a quarter to it: the default keeps it at 5 % then. @default 0.04
   */
  readonly alpha?: number;
  /** Which is better: less of the metric (a latency) or more of it (a throughput). */
  readonly better: "less" | "more";
}

/** Of B: `faster` is better, `slower` worse, `same` within the least change that matters. */
export type ComparisonVerdict = "faster" | "slower" | "same" | "inconclusive";

export interface Judgement {
  readonly verdict: ComparisonVerdict;
  /** Whether to stop adding rounds: the verdict stands, or no more rounds may be added. */
  readonly decided: boolean;
  /** B / A - 1, the best guess. NaN where no round has a ratio. */
  readonly change: number;
  /**
   * Of the change, right at the moment of stopping as well; null before the first round at which anything may be decided:
   * what could be said by then is "anything".
   */
  readonly interval: readonly [number, number] | null;
  /** Rounds with a ratio. */
  readonly rounds: number;
  /** Where it is inconclusive: about how many more would decide if the rounds went on as they do; null when unknown. */
  readonly roundsMore: number | null;
}

/** Beyond this many rounds "more rounds" is no advice. */
const mostRounds = 10_000;

/**
 * Whether B is better than A, by the rounds so far. To be asked after every round until it says `decided`.
 *
 * - `faster`, `slower`: the interval of the change excludes 0, and the change itself is at least delta.
 * - `same`: the whole interval lies within delta.
 * - `inconclusive`: neither.
 *
 * Delta bounds the ratio, so that swapping A and B swaps the verdict: B / A from 1 / (1 + delta) to 1 + delta.
 *
 * The interval is that of Student's t over rounds, widened for being looked at after each of them (see `lookBounds`):
 * of the comparisons of equals, at most `alpha` ever exclude 0, in whichever round.
 *
 * @param logRatios ln(B_i / A_i) of round i, in the order they were measured; infinite ones and NaN are left out, and
 *   count as rounds that were measured
 */
export function judgeRounds(logRatios: readonly number[], options: JudgeOptions): Judgement {
  const paired = pairRounds(logRatios);
  const { rounds, mean } = paired;
  const maxRounds = Math.max(2, options.maxRounds);
  const firstLook = Math.max(2, Math.min(options.minRounds ?? 4, maxRounds));
  const bounds = boundsFor({ firstLook, maxRounds, alpha: options.alpha ?? 0.04 });
  const ended = logRatios.length >= options.maxRounds;
  const change = Math.expm1(mean);
  if (rounds < 2) {
    return { verdict: "inconclusive", decided: ended, change, interval: null, rounds, roundsMore: null };
  }
  const margin = Math.log1p(options.delta);
  const halfWidth = bounds[Math.min(rounds, maxRounds)]! * paired.standardError;
  const early = rounds < firstLook;
  const found = early ? "nothing" : whatIsFound(mean, halfWidth, margin);
  const interval = early ? null : toChangeInterval(mean, halfWidth);
  if (found === "nothing") {
    const roundsMore = estimateRoundsMore(paired, margin, bounds, firstLook);
    return { verdict: "inconclusive", decided: ended, change, interval, rounds, roundsMore };
  }
  const bIsBetter = mean < 0 === (options.better === "less");
  const verdict = found === "same" ? "same" : bIsBetter ? "faster" : "slower";
  return { verdict, decided: true, change, interval, rounds, roundsMore: null };
}

function whatIsFound(mean: number, halfWidth: number, margin: number): "difference" | "same" | "nothing" {
  const away = Math.abs(mean);
  if (away >= margin && away > halfWidth) return "difference";
  return away + halfWidth <= margin ? "same" : "nothing";
}

function estimateRoundsMore(
  paired: PairedRounds,
  margin: number,
  bounds: Float64Array,
  firstLook: number,
): number | null {
  const { rounds, mean, standardError } = paired;
  const away = Math.abs(mean);
  // What the half width must come down to, in standard deviations of a round.
  const target = (away >= margin ? away : margin - away) / (standardError * Math.sqrt(rounds));
  for (let later = Math.max(rounds + 1, firstLook); later < bounds.length; later += 1)
    if (bounds[later]! <= target * Math.sqrt(later)) return later - rounds;
  // A longer plan has about the same level at its end, and its bound hardly moves with its length.
  const level = lastLevel(bounds);
  let needed = Math.max(rounds + 1, bounds.length);
  for (let step = 0; step < 3 && needed <= mostRounds; step += 1)
    needed = Math.max(bounds.length, rounds + 1, Math.ceil((studentTBound(level, needed - 1) / target) ** 2));
  return needed <= mostRounds ? needed - rounds : null;
}

let last: { readonly key: string; readonly bounds: Float64Array } | undefined;

// The same plan is asked for after every round.
function boundsFor(plan: LookPlan): Float64Array {
  const key = `${plan.firstLook} ${plan.maxRounds} ${plan.alpha}`;
  if (last?.key !== key) last = { key, bounds: lookBounds(plan) };
  return last.bounds;
}
